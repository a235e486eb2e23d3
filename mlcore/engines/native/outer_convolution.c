/* The first and the last convolution, 9x9, between three colours and 32 channels.
 *
 * A 9x9 kernel is nine of 3x3. With F(3x3, 3x3) (Lavin & Gray, CVPR 2016) on the points 0, 1, -1, 2 and infinity tiles
 * lie 3 pixels apart, as those nine do: they share transformed tiles, and 25 products do the work of 81.
 */
#include "lanes.h"

#define POINTS 5
#define TILE 3
#define MARGIN 4
/* Pieces: tiles across, so that their transforms stay in the cache, and rows of tiles. */
#define PHOTO_SEGMENT 60
#define PHOTO_ROWS 8
#define ROWS 16
#define BESIDE 4          /* vectors of tiles that are multiplied at a time */
#define SEGMENT (BESIDE * LANES > 32 ? BESIDE * LANES : 32)
#define WIDE (SEGMENT + LANES) /* with two more tiles, and what is read beside them */

#define TRANSFORM_INPUT(v0, v1, v2, v3, v4, d0, d1, d2, d3, d4) \
    do { \
        v0 = d0 * 2.0f - d1 - d2 * 2.0f + d3; \
        v1 = d3 - d2 - d1 * 2.0f; \
        v2 = d3 - d2 * 3.0f + d1 * 2.0f; \
        v3 = d3 - d1; \
        v4 = d4 - d3 * 2.0f - d2 + d1 * 2.0f; \
    } while (0)

#define TRANSFORM_OUTPUT(y0, y1, y2, m0, m1, m2, m3, m4) \
    do { \
        y0 = m0 + m1 + m2 + m3; \
        y1 = m1 - m2 + m3 * 2.0f; \
        y2 = m1 + m2 + m3 * 4.0f + m4; \
    } while (0)

/* `count` pixels of a row of a photo of 0 to 255, less a colour, from pixel `first`, reflected at both ends. */
static void read_photo_row(const uint8_t *from, const float *colour, int64_t width, int64_t first, int64_t count,
                           float *to) {
    int64_t x = first;
    for (; x < first + count && x < 0; x++, to += 3)
        for (int c = 0; c < 3; c++) to[c] = from[3 * reflect(x, width) + c] - colour[c];
    for (; x < least(first + count, width); x++, to += 3)
        for (int c = 0; c < 3; c++) to[c] = from[3 * x + c] - colour[c];
    for (; x < first + count; x++, to += 3)
        for (int c = 0; c < 3; c++) to[c] = from[3 * reflect(x, width) + c] - colour[c];
}

typedef struct {
    const uint8_t *photo;
    const float *colour; /* which the photo is read less */
    const kept *weights; /* with the division by 255: [25 points][out / CHANNELS][3 * 3 tiles * 3 colours][CHANNELS] */
    kept *map;
    double *totals; /* [pieces][3][out] */
    int64_t height, width, out, map_row; /* map_row: numbers from one row to the next */
} first_convolution;

static void photo_segment(const first_convolution *l, int64_t x0, int64_t count, int64_t top, int64_t bottom,
                          double *totals, float *work) {
    int64_t out = l->out, tiles = 3 * (count + 2), line = 9 * (count + 2) + 6;
    int64_t v_point = (bottom - top + 2) * tiles, m_point = count * out + 16;
    float *rows = work, *half = rows + POINTS * line, *v = half + POINTS * line, *m = v + POINTS * POINTS * v_point;
    for (int64_t t = 0; t < bottom - top + 2; t++) {
        for (int i = 0; i < POINTS; i++)
            read_photo_row(l->photo + reflect((top + t) * TILE + i - MARGIN, l->height) * l->width * 3, l->colour, l->width,
                           x0 * TILE - MARGIN, line / 3, rows + i * line);
        for (int64_t i = 0; i < line; i++)
            TRANSFORM_INPUT(half[i], half[line + i], half[2 * line + i], half[3 * line + i], half[4 * line + i], rows[i],
                            rows[line + i], rows[2 * line + i], rows[3 * line + i], rows[4 * line + i]);
        for (int p = 0; p < POINTS; p++) {
            const float *from = half + p * line;
            float *to = v + p * POINTS * v_point + t * tiles;
            for (int64_t x = 0; x < count + 2; x++, from += 9, to += 3)
                for (int c = 0; c < 3; c++)
                    TRANSFORM_INPUT(to[c], to[v_point + c], to[2 * v_point + c], to[3 * v_point + c],
                                    to[4 * v_point + c], from[c], from[3 + c], from[6 + c], from[9 + c], from[12 + c]);
        }
    }
    for (int64_t t = 0; t < bottom - top; t++) {
        /* Three tiles beside each other, with their colours, are nine numbers in a row. */
        for (int p = 0; p < POINTS * POINTS; p++)
            multiply(count, v + p * v_point + t * tiles, 3, 3, tiles, 9, l->weights + p * 27 * out, out, m + p * m_point,
                     out);
        int64_t y0 = (top + t) * TILE, lines = least(TILE, l->height - y0);
        for (int64_t o = 0; o < out; o += LANES) {
            moments found = {0};
            for (int64_t x = 0; x < count; x++) {
                const float *from = m + x * out + o;
                kept *to = l->map + y0 * l->map_row + (x0 + x) * TILE * out + o;
                vec h[TILE][POINTS], y[TILE];
                for (int j = 0; j < POINTS; j++, from += m_point)
                    TRANSFORM_OUTPUT(h[0][j], h[1][j], h[2][j], load(from), load(from + 5 * m_point),
                                     load(from + 10 * m_point), load(from + 15 * m_point), load(from + 20 * m_point));
                int64_t columns = least(TILE, l->width - (x0 + x) * TILE);
                for (int i = 0; i < lines; i++) {
                    TRANSFORM_OUTPUT(y[0], y[1], y[2], h[i][0], h[i][1], h[i][2], h[i][3], h[i][4]);
                    for (int j = 0; j < columns; j++) {
                        gather(&found, keep_in(to + i * l->map_row + j * out, y[j]));
                    }
                }
            }
            add_moments(totals, out, o, &found);
        }
    }
}

INLINE int64_t pieces_along(int64_t size, int64_t tiles) { return (size + TILE * tiles - 1) / (TILE * tiles); }

int64_t photo_pieces(int64_t height, int64_t width) {
    return pieces_along(height, PHOTO_ROWS) * pieces_along(width, PHOTO_SEGMENT);
}

/* conv1; `work` is for as many numbers as photo_work() says. */
void convolve_photo(const first_convolution *l, int64_t *next, int64_t at_most, float *work) {
    int64_t across = (l->width + TILE - 1) / TILE, down = (l->height + TILE - 1) / TILE;
    int64_t beside = pieces_along(l->width, PHOTO_SEGMENT);
    for (int64_t piece; at_most-- > 0 && (piece = take(next, photo_pieces(l->height, l->width))) >= 0;) {
        int64_t x = piece % beside * PHOTO_SEGMENT, y = piece / beside * PHOTO_ROWS;
        photo_segment(l, x, least(PHOTO_SEGMENT, across - x), y, least(y + PHOTO_ROWS, down),
                      l->totals + piece * 3 * l->out, work);
    }
}

int64_t photo_work(int64_t out) {
    int64_t across = PHOTO_SEGMENT + 2;
    return 2 * POINTS * (9 * across + 6) + POINTS * POINTS * ((PHOTO_ROWS + 2) * 3 * across + PHOTO_SEGMENT * out + 16);
}

/* 1 / (1 + exp(-x)) to 1e-6: a power of two and a polynomial. */
INLINE vec logistic(vec x) {
    x = larger(smaller(-x, splat(80.0f)), splat(-80.0f));
    vec n = x * 1.44269504f + 12582912.0f; /* the sum's low bits are the rounded product */
    ivec whole = (ivec)n;
    n -= 12582912.0f;
    x = x - n * 0.693359375f + n * 2.12194440e-4f; /* the logarithm of 2 in two parts */
    vec p = splat(1.0f / 720);
    p = p * x + 1.0f / 120;
    p = p * x + 1.0f / 24;
    p = p * x + 1.0f / 6;
    p = p * x + 0.5f;
    p = p * x + 1.0f;
    p = p * x + 1.0f;
    return 1.0f / (1.0f + (vec)((ivec)p + (whole << 23)));
}

typedef struct {
    const kept *input;
    const float *scale, *shift, *weights; /* [25 points][3 * 3 tiles][in][3 colours] */
    const float *bias;
    uint8_t *painting;
    int64_t height, width, in, input_row, linear;
} last_convolution;

/* Transformed tiles of one row of tiles, from tile x0, [25 points][in][WIDE]: here the registers' lanes are tiles, for
 * there are more of them than colours. A tile is five pixels wide and starts three after the one before, so that the
 * pixels 0, 1 and 2 of all tiles are all there is: pixels 3 and 4 are the next tile's 0 and 1. */
static void read_tiles(const last_convolution *l, int64_t row, int64_t x0, int64_t count, float *half, float *v) {
    int64_t in = l->in, v_point = in * WIDE, at[TILE * WIDE];
    const kept *from[POINTS];
    for (int64_t i = 0; i < TILE * WIDE; i++) at[i] = reflect(x0 * TILE + i - MARGIN, l->width) * in;
    for (int i = 0; i < POINTS; i++) from[i] = l->input + reflect(row * TILE + i - MARGIN, l->height) * l->input_row;
    for (int64_t c = 0; c < in; c += LANES) {
        vec scale = load(l->scale + c), shift = load(l->shift + c);
        /* half[POINTS][TILE][LANES channels][WIDE] */
        for (int64_t x = 0; x < count + 1; x += LANES)
            for (int j = 0; j < TILE; j++) {
                vec w[POINTS][LANES];
                for (int n = 0; n < LANES; n++) {
                    int64_t pixel = at[(x + n) * TILE + j] + c;
                    vec d[POINTS];
                    for (int i = 0; i < POINTS; i++) d[i] = normalised_relu(widen(from[i] + pixel), scale, shift, (vec){0});
                    TRANSFORM_INPUT(w[0][n], w[1][n], w[2][n], w[3][n], w[4][n], d[0], d[1], d[2], d[3], d[4]);
                }
                for (int i = 0; i < POINTS; i++) {
                    transpose(w[i]);
                    for (int n = 0; n < LANES; n++) store(half + ((i * TILE + j) * LANES + n) * WIDE + x, w[i][n]);
                }
            }
        for (int i = 0; i < POINTS; i++)
            for (int n = 0; n < LANES; n++)
                for (int64_t x = 0; x < count; x += LANES) {
                    const float *d0 = half + (i * TILE * LANES + n) * WIDE + x, *d1 = d0 + LANES * WIDE;
                    vec w[POINTS];
                    TRANSFORM_INPUT(w[0], w[1], w[2], w[3], w[4], load(d0), load(d1), load(d1 + LANES * WIDE),
                                    load(d0 + 1), load(d1 + 1));
                    for (int j = 0; j < POINTS; j++) store(v + (i * POINTS + j) * v_point + (c + n) * WIDE + x, w[j]);
                }
    }
}

/* Or gcc reads it three times, which takes longer than multiplying it. */
#ifdef __AVX__
#define IN_REGISTER(value) __asm__("" : "+x"(value))
#else
#define IN_REGISTER(value)
#endif

/* m[3 colours][SEGMENT]: nine transformed tiles times the three colours' kernels, at one point. */
INLINE void colours(int vectors, const float *const v[3], int64_t in, const float *weights, float *m) {
    vec sum[BESIDE][3];
    for (int n = 0; n < vectors; n++) sum[n][0] = sum[n][1] = sum[n][2] = (vec){0};
    for (int tile = 0; tile < 9; tile++) {
        const float *from = v[tile / 3] + tile % 3;
        for (int64_t c = 0; c < in; c++, from += WIDE, weights += 3) {
            vec r = splat(weights[0]), g = splat(weights[1]), b = splat(weights[2]);
#pragma GCC unroll 8
            for (int n = 0; n < vectors; n++) {
                vec value = load(from + n * LANES);
                IN_REGISTER(value);
                sum[n][0] += value * r;
                sum[n][1] += value * g;
                sum[n][2] += value * b;
            }
        }
    }
    for (int n = 0; n < vectors; n++)
        for (int colour = 0; colour < 3; colour++) store(m + colour * SEGMENT + n * LANES, sum[n][colour]);
}

/* Levels of 255 of one row of `count` tiles, whose row of pixels is to[3 * columns]. */
static void write_tiles(const last_convolution *l, const float *m, int64_t count, int64_t row, int64_t x0) {
    int64_t m_point = 3 * SEGMENT, lines = least(TILE, l->height - row * TILE);
    uint8_t *painting = l->painting + (row * TILE * l->width + x0 * TILE) * 3;
    for (int64_t x = 0; x < count; x += LANES) {
        ivec levels[TILE][3 * TILE];
        for (int colour = 0; colour < 3; colour++) {
            vec h[TILE][POINTS], y[TILE], bias = splat(l->bias[colour]);
            for (int j = 0; j < POINTS; j++) {
                const float *from = m + j * m_point + colour * SEGMENT + x;
                TRANSFORM_OUTPUT(h[0][j], h[1][j], h[2][j], load(from), load(from + 5 * m_point),
                                 load(from + 10 * m_point), load(from + 15 * m_point), load(from + 20 * m_point));
            }
            for (int i = 0; i < TILE; i++) {
                TRANSFORM_OUTPUT(y[0], y[1], y[2], h[i][0], h[i][1], h[i][2], h[i][3], h[i][4]);
                for (int j = 0; j < TILE; j++) {
                    vec z = y[j] + bias;
                    if (!l->linear) z = logistic(z * 2.0f); /* (tanh(z) + 1) / 2 */
                    z = smaller(larger(z, (vec){0}), splat(1.0f)) * 255.0f + 0.5f; /* what is not a number becomes 0 */
                    levels[i][3 * j + colour] = __builtin_convertvector(z, ivec);
                }
            }
        }
        for (int i = 0; i < lines; i++)
            for (int n = 0; n < LANES && x + n < count; n++) {
                uint8_t *to = painting + (i * l->width + (x + n) * TILE) * 3;
                int64_t columns = least(TILE, l->width - (x0 + x + n) * TILE);
                for (int k = 0; k < 3 * columns; k++) to[k] = (uint8_t)levels[i][k][n];
            }
    }
}

/* A share of the rows that the row of tiles before this one has not read, while there is something else to do. */
INLINE void fetch_rows(const last_convolution *l, int64_t row, int64_t x0, int64_t count, int share) {
    int64_t first = (x0 * TILE - MARGIN) * l->in, length = (TILE * (count + 2) + 2) * l->in;
    int64_t piece = (length + POINTS * POINTS - 1) / (POINTS * POINTS);
    for (int i = 2; i < POINTS; i++) {
        const kept *from = l->input + reflect(row * TILE + i - MARGIN, l->height) * l->input_row + first + share * piece;
        for (int64_t k = 0; k < piece; k += 64 / sizeof(kept)) __builtin_prefetch(from + k, 0, 2);
    }
}

static void paint_segment(const last_convolution *l, int64_t x0, int64_t count, int64_t top, int64_t bottom,
                          float *work) {
    int64_t in = l->in, v_point = in * WIDE, slot = POINTS * POINTS * v_point;
    float *v = work, *half = v + 3 * slot, *m = half + POINTS * TILE * LANES * WIDE + LANES;
    /* Three rows of tiles are held, each in the slot of the row that was needed last three rows above. */
    for (int64_t t = top; t < top + 2; t++) read_tiles(l, t, x0, count + 2, half, v + t % 3 * slot);
    for (int64_t t = top; t < bottom; t++) {
        read_tiles(l, t + 2, x0, count + 2, half, v + (t + 2) % 3 * slot);
        for (int p = 0; p < POINTS * POINTS; p++) {
            fetch_rows(l, t + 3, x0, count, p);
            for (int64_t x = 0; x < count; x += BESIDE * LANES) {
                const float *at[3], *weights = l->weights + p * 27 * in;
                for (int i = 0; i < 3; i++) at[i] = v + (t + i) % 3 * slot + p * v_point + x;
                float *to = m + p * 3 * SEGMENT + x;
                int64_t left = (count - x + LANES - 1) / LANES;
                if (left >= 4)
                    colours(4, at, in, weights, to);
                else if (left == 3)
                    colours(3, at, in, weights, to);
                else if (left == 2)
                    colours(2, at, in, weights, to);
                else
                    colours(1, at, in, weights, to);
            }
        }
        write_tiles(l, m, count, t, x0);
    }
}

int64_t painting_pieces(int64_t height, int64_t width) {
    return pieces_along(height, ROWS) * pieces_along(width, SEGMENT);
}

/* conv_out, into the painting, (H, W, 3) of 0 to 255; `work` is for as many numbers as painting_work() says. */
void convolve_painting(const last_convolution *l, int64_t *next, int64_t at_most, float *work) {
    int64_t across = (l->width + TILE - 1) / TILE, down = (l->height + TILE - 1) / TILE;
    int64_t beside = pieces_along(l->width, SEGMENT);
    for (int64_t piece; at_most-- > 0 && (piece = take(next, painting_pieces(l->height, l->width))) >= 0;) {
        int64_t x = piece % beside * SEGMENT, y = piece / beside * ROWS;
        paint_segment(l, x, least(SEGMENT, across - x), y, least(y + ROWS, down), work);
    }
}

int64_t painting_work(int64_t in) {
    return POINTS * POINTS * (3 * in * WIDE + 3 * SEGMENT) + POINTS * TILE * LANES * WIDE + LANES;
}
