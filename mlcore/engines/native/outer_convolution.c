/* The first and the last convolution, 9x9, between three colours and 32 channels.
 *
 * A 9x9 kernel is nine of 3x3. With F(3x3, 3x3) (Lavin & Gray, CVPR 2016) on the points 0, 1, -1, 2 and infinity tiles
 * lie 3 pixels apart, as those nine do: they share transformed tiles, and 25 products do the work of 81.
 */
#include "lanes.h"

#define POINTS 5
#define TILE 3
#define MARGIN 4
#define PHOTO_SEGMENT 64 /* tiles across at a time, so that their transforms stay in the cache */
#define SEGMENT 32

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

/* `count` pixels of a row of a photo of 0 to 255, from pixel `first`, reflected at both ends. */
static void read_photo_row(const uint8_t *from, int64_t width, int64_t first, int64_t count, float *to) {
    int64_t x = first;
    for (; x < first + count && x < 0; x++, to += 3)
        for (int c = 0; c < 3; c++) to[c] = from[3 * reflect(x, width) + c];
    int64_t inside = least(first + count, width) - x;
    for (int64_t i = 0; i < 3 * inside; i++) to[i] = from[3 * x + i];
    for (x += inside, to += 3 * inside; x < first + count; x++, to += 3)
        for (int c = 0; c < 3; c++) to[c] = from[3 * reflect(x, width) + c];
}

typedef struct {
    const uint8_t *photo;
    const float *weights; /* with the division by 255: [25 points][out / CHANNELS][3 * 3 tiles * 3 colours][CHANNELS] */
    float *map;
    double *totals;
    float *work; /* as many numbers as photo_work() says */
    int64_t height, width, out;
} first_convolution;

static void photo_segment(const first_convolution *l, int64_t x0, int64_t count, int64_t top, int64_t bottom) {
    int64_t out = l->out, tiles = 3 * (count + 2), line = 9 * (count + 2) + 6;
    int64_t v_point = (bottom - top + 2) * tiles, m_point = count * out;
    float *rows = l->work, *half = rows + POINTS * line, *v = half + POINTS * line, *m = v + POINTS * POINTS * v_point;
    for (int64_t t = 0; t < bottom - top + 2; t++) {
        for (int i = 0; i < POINTS; i++)
            read_photo_row(l->photo + reflect((top + t) * TILE + i - MARGIN, l->height) * l->width * 3, l->width,
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
                float *to = l->map + (y0 * l->width + (x0 + x) * TILE) * out + o;
                vec h[TILE][POINTS], y[TILE];
                for (int j = 0; j < POINTS; j++, from += m_point)
                    TRANSFORM_OUTPUT(h[0][j], h[1][j], h[2][j], load(from), load(from + 5 * m_point),
                                     load(from + 10 * m_point), load(from + 15 * m_point), load(from + 20 * m_point));
                int64_t columns = least(TILE, l->width - (x0 + x) * TILE);
                for (int i = 0; i < lines; i++) {
                    TRANSFORM_OUTPUT(y[0], y[1], y[2], h[i][0], h[i][1], h[i][2], h[i][3], h[i][4]);
                    for (int j = 0; j < columns; j++) {
                        store(to + (i * l->width + j) * out, y[j]);
                        gather(&found, y[j]);
                    }
                }
            }
            add_moments(l->totals, out, o, &found);
        }
    }
}

/* Rows of tiles, top to bottom, of conv1. */
void convolve_photo(const first_convolution *l, int64_t top, int64_t bottom) {
    int64_t across = (l->width + TILE - 1) / TILE;
    for (int64_t x = 0; x < across; x += PHOTO_SEGMENT)
        photo_segment(l, x, least(PHOTO_SEGMENT, across - x), top, bottom);
}

int64_t photo_work(int64_t tile_rows, int64_t out) {
    int64_t across = PHOTO_SEGMENT + 2;
    return 2 * POINTS * (9 * across + 6) + POINTS * POINTS * ((tile_rows + 2) * 3 * across + PHOTO_SEGMENT * out);
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

typedef uint8_t bytes __attribute__((vector_size(LANES), aligned(1), may_alias));

static void write_painting_row(const float *sums, int64_t count, int linear, uint8_t *to) {
    for (int64_t i = 0; i < count; i += LANES) {
        vec z = load(sums + i);
        if (!linear) z = logistic(z * 2.0f); /* (tanh(z) + 1) / 2 */
        z = smaller(larger(z, (vec){0}), splat(1.0f)) * 255.0f + 0.5f; /* what is not a number becomes 0 */
        bytes levels = __builtin_convertvector(__builtin_convertvector(z, ivec), bytes);
        if (i + LANES <= count)
            *(bytes *)(to + i) = levels;
        else
            for (int n = 0; i + n < count; n++) to[i + n] = levels[n];
    }
}

typedef struct {
    const float *input, *scale, *shift, *weights; /* [25 points][9 tiles][in / LANES][3 colours][LANES] */
    const float *bias;
    uint8_t *painting;
    float *work; /* (75 * (SEGMENT + 2) + 5 * (3 * SEGMENT + 8)) * in + 102 * SEGMENT + 4 * LANES numbers */
    int64_t height, width, in, linear;
} last_convolution;

/* Transformed tiles of one row of tiles, [25 points][count][in]. */
static void read_tiles(const last_convolution *l, int64_t row, int64_t x0, int64_t count, float *half, float *v) {
    int64_t in = l->in, line = (TILE * count + 2) * in, v_point = count * in;
    const float *from[POINTS];
    for (int i = 0; i < POINTS; i++) from[i] = l->input + reflect(row * TILE + i - MARGIN, l->height) * l->width * in;
    for (int64_t c = 0; c < in; c += LANES) {
        vec scale = load(l->scale + c), shift = load(l->shift + c);
        for (int64_t x = 0; x < TILE * count + 2; x++) {
            int64_t at = reflect(x0 * TILE + x - MARGIN, l->width) * in + c;
            vec d[POINTS], w[POINTS];
            for (int i = 0; i < POINTS; i++) d[i] = normalised_relu(load(from[i] + at), scale, shift);
            TRANSFORM_INPUT(w[0], w[1], w[2], w[3], w[4], d[0], d[1], d[2], d[3], d[4]);
            for (int i = 0; i < POINTS; i++) store(half + i * line + x * in + c, w[i]);
        }
        for (int i = 0; i < POINTS; i++)
            for (int64_t x = 0; x < count; x++) {
                const float *d = half + i * line + x * TILE * in + c;
                vec w[POINTS];
                TRANSFORM_INPUT(w[0], w[1], w[2], w[3], w[4], load(d), load(d + in), load(d + 2 * in), load(d + 3 * in),
                                load(d + 4 * in));
                for (int j = 0; j < POINTS; j++) store(v + (i * POINTS + j) * v_point + x * in + c, w[j]);
            }
    }
}

INLINE float total(vec v) {
    float part[LANES];
    store(part, v);
    for (int half = LANES / 2; half; half /= 2)
        for (int n = 0; n < half; n++) part[n] += part[n + half];
    return part[0];
}

/* m[tiles][3]: nine transformed tiles times the three colours' kernels, at one point. Colours are too few for
 * multiply(): here the registers' lanes are input channels. */
INLINE void colours(int tiles, const float *const v[3], int64_t in, const float *weights, float *m) {
    vec sum[4][3] = {{{0}}};
    for (int row = 0; row < 3; row++)
        for (int64_t k = 0; k < 3 * in; k += LANES, weights += 3 * LANES) {
            vec r = load(weights), g = load(weights + LANES), b = load(weights + 2 * LANES);
#pragma GCC unroll 4
            for (int t = 0; t < tiles; t++) {
                vec value = load(v[row] + t * in + k);
                sum[t][0] += value * r;
                sum[t][1] += value * g;
                sum[t][2] += value * b;
            }
        }
    for (int t = 0; t < tiles; t++)
        for (int c = 0; c < 3; c++) m[3 * t + c] = total(sum[t][c]);
}

static void paint_segment(const last_convolution *l, int64_t x0, int64_t count, int64_t top, int64_t bottom) {
    int64_t in = l->in, slot = POINTS * POINTS * (count + 2) * in, v_point = (count + 2) * in, m_point = 3 * count;
    float *v = l->work, *half = v + 3 * slot, *m = half + POINTS * (TILE * (count + 2) + 2) * in;
    float *line = m + POINTS * POINTS * m_point;
    /* Three rows of tiles are held, each in the slot of the row that was needed last three rows above. */
    for (int64_t t = top; t < top + 2; t++) read_tiles(l, t, x0, count + 2, half, v + t % 3 * slot);
    for (int64_t t = top; t < bottom; t++) {
        read_tiles(l, t + 2, x0, count + 2, half, v + (t + 2) % 3 * slot);
        for (int p = 0; p < POINTS * POINTS; p++) {
            const float *weights = l->weights + p * 27 * in;
            for (int64_t x = 0; x < count; x += 3) {
                const float *at[3];
                for (int i = 0; i < 3; i++) at[i] = v + (t + i) % 3 * slot + p * v_point + x * in;
                if (count - x >= 3)
                    colours(3, at, in, weights, m + p * m_point + 3 * x);
                else if (count - x == 2)
                    colours(2, at, in, weights, m + p * m_point + 3 * x);
                else
                    colours(1, at, in, weights, m + p * m_point + 3 * x);
            }
        }
        int64_t columns = 3 * least(TILE * count, l->width - x0 * TILE), length = 9 * count + LANES;
        for (int64_t k = 0; k < m_point; k += LANES) {
            vec h[TILE][POINTS], y[TILE][TILE];
            for (int j = 0; j < POINTS; j++) {
                const float *from = m + j * m_point + k;
                TRANSFORM_OUTPUT(h[0][j], h[1][j], h[2][j], load(from), load(from + 5 * m_point),
                                 load(from + 10 * m_point), load(from + 15 * m_point), load(from + 20 * m_point));
            }
            for (int i = 0; i < TILE; i++) {
                TRANSFORM_OUTPUT(y[i][0], y[i][1], y[i][2], h[i][0], h[i][1], h[i][2], h[i][3], h[i][4]);
                /* The lanes are tiles' colours; a tile's three pixels lie in a row. */
                for (int n = 0; n < LANES && k + n < m_point; n++)
                    for (int j = 0; j < TILE; j++)
                        line[i * length + (k + n) / 3 * 9 + 3 * j + (k + n) % 3] = y[i][j][n] + l->bias[(k + n) % 3];
            }
        }
        for (int i = 0; i < least(TILE, l->height - t * TILE); i++)
            write_painting_row(line + i * length, columns, l->linear,
                               l->painting + ((t * TILE + i) * l->width + x0 * TILE) * 3);
    }
}

/* Rows of tiles, top to bottom, of conv_out into the painting, (H, W, 3) of 0 to 255. */
void convolve_painting(const last_convolution *l, int64_t top, int64_t bottom) {
    int64_t across = (l->width + TILE - 1) / TILE;
    for (int64_t x = 0; x < across; x += SEGMENT) paint_segment(l, x, least(SEGMENT, across - x), top, bottom);
}

int64_t painting_work(int64_t in) {
    return (75 * (SEGMENT + 2) + 5 * (3 * SEGMENT + 8)) * in + 102 * SEGMENT + 4 * LANES;
}
