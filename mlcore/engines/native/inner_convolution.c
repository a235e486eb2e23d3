/* The convolutions between the first and the last: 3x3 as they are, with stride 2, or behind an enlargement.
 *
 * Winograd's minimal filtering (Lavin & Gray, CVPR 2016), F(6x6, 3x3) and F(7x7, 2x2) on the points 0, 1, -1, 2, -2,
 * 1/2, -1/2 and infinity: 5.1 and 3.1 times fewer products. Both take tiles of 8x8 and transform them alike.
 *
 * ENLARGE: repeating pixels and convolving 3x3 is a 2x2 convolution on the corners of the small map's pixels, with four
 * outputs for the four pixels around a corner: 4 products where there were 9. Reflection of the large map repeats the
 * edge of the small one.
 *
 * HALVE: even and odd rows and columns are four maps, and with stride 2 each meets 2x2 of the kernel at most. With the
 * zeros that fill them up that is 16 products where there were 9, of which F(7x7, 2x2) leaves 5.2.
 */
#include "lanes.h"

#define POINTS 8

enum { SAME, ENLARGE, HALVE };

typedef struct {
    const kept *input; /* read as larger(input * scale + shift, floor), or ... */
    const float *scale, *shift, *floor;
    const kept *residual; /* ... where given, as residual + input * scale + shift */
    const kept *weights; /* [64 points][out / CHANNELS][in][CHANNELS]; a corner's pixels, or the four maps, in turn */
    kept *keep; /* what was read is stored here; may be NULL */
    kept *map;
    double *totals; /* [pieces][3][out] */
    int64_t height, width, in, out; /* of the input; even if it is halved */
    int64_t input_row, map_row;     /* numbers from one row to the next, of all that is read or kept, and of the map */
    int64_t resize;                 /* SAME, ENLARGE or HALVE */
    int64_t tiles, pieces;          /* so many tiles to a piece, counted along rows from the top left */
} convolution;

/* B^T d, which F(6, 3) and F(7, 2) share with their points. */
INLINE void transform_input(const vec d[POINTS], vec v[POINTS]) {
    vec even, odd;
    v[0] = d[0] - d[6] + (d[4] - d[2]) * 5.25f;
    v[7] = d[7] - d[1] + (d[3] - d[5]) * 5.25f;
    even = d[2] + d[6] - d[4] * 4.25f;
    odd = d[1] + d[5] - d[3] * 4.25f;
    v[1] = even + odd;
    v[2] = even - odd;
    even = d[6] + d[2] * 0.25f - d[4] * 1.25f;
    odd = d[1] * 0.5f - d[3] * 2.5f + d[5] * 2.0f;
    v[3] = even + odd;
    v[4] = even - odd;
    even = d[6] + (d[2] - d[4] * 1.25f) * 4.0f;
    odd = d[1] * 2.0f - d[3] * 2.5f + d[5] * 0.5f;
    v[5] = even + odd;
    v[6] = even - odd;
}

/* A^T m: 6 outputs of F(6, 3) or 7 of F(7, 2). */
INLINE void transform_output(int outputs, const vec m[POINTS], vec y[7]) {
    vec s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4], s3 = m[5] + m[6], d3 = m[5] - m[6];
    y[0] = m[0] + s1 + s2 + s3;
    y[1] = d1 + d2 * 2.0f + d3 * 0.5f;
    y[2] = s1 + s2 * 4.0f + s3 * 0.25f;
    y[3] = d1 + d2 * 8.0f + d3 * 0.125f;
    y[4] = s1 + s2 * 16.0f + s3 * 0.0625f;
    y[5] = d1 + d2 * 32.0f + d3 * 0.03125f;
    if (outputs == 6)
        y[5] += m[7];
    else
        y[6] = s1 + s2 * 64.0f + s3 * 0.015625f + m[7];
}

INLINE int64_t clamp(int64_t i, int64_t size) { return i < 0 ? 0 : least(i, size - 1); }

/* Where pixels first to first + 7 of a tile's row or column lie in the input; `odd` is which map if it is halved. */
INLINE void locate(int resize, int64_t first, int64_t odd, int64_t size, int64_t stride, int64_t at[POINTS]) {
    for (int i = 0; i < POINTS; i++) {
        if (resize == HALVE)
            at[i] = reflect(2 * (first + i) + odd - 1, size) * stride;
        else
            at[i] = (resize == ENLARGE ? clamp(first + i - 1, size) : reflect(first + i - 1, size)) * stride;
    }
}

INLINE void read_tiles(const convolution *l, int64_t first, int64_t count, int64_t across, const int resize, float *v,
                       int64_t v_point, int residual, int keep) {
    int64_t in = l->in, width = l->width, maps = resize == HALVE ? 4 : 1, step = resize == SAME ? 6 : 7;
    for (int64_t t = 0; t < count * maps; t++) {
        int64_t tile = first + t / maps, map = t % maps, y0 = tile / across * step, x0 = tile % across * step;
        int64_t row[POINTS], column[POINTS];
        locate(resize, y0, map / 2, l->height, l->input_row, row);
        locate(resize, x0, map % 2, width, in, column);
        /* The tile's own pixels: its margin belongs to its neighbours. */
        int64_t rows = least(step, l->height - y0), columns = least(step, width - x0);
        for (int64_t c = 0; c < in; c += LANES) {
            vec scale = load(l->scale + c), shift = load(l->shift + c), floor = load(l->floor + c);
            vec half[POINTS][POINTS], d[POINTS], w[POINTS];
            for (int j = 0; j < POINTS; j++) {
                for (int i = 0; i < POINTS; i++) {
                    int64_t at = row[i] + column[j] + c;
                    d[i] = widen(l->input + at);
                    if (residual)
                        d[i] = widen(l->residual + at) + (d[i] * scale + shift);
                    else
                        d[i] = normalised_relu(d[i], scale, shift, floor);
                    if (keep && i >= 1 && i <= rows && j >= 1 && j <= columns) keep_in(l->keep + at, d[i]);
                }
                transform_input(d, w);
                for (int i = 0; i < POINTS; i++) half[i][j] = w[i];
            }
            for (int i = 0; i < POINTS; i++) {
                transform_input(half[i], w);
                for (int j = 0; j < POINTS; j++) store(v + (i * POINTS + j) * v_point + t * in + c, w[j]);
            }
        }
    }
}

INLINE void write_tiles(const convolution *l, int64_t first, int64_t count, int64_t across, const int resize,
                        const float *m, int64_t m_point, double *totals) {
    const int step = resize == SAME ? 6 : 7;
    int64_t outputs = resize == ENLARGE ? 4 * l->out : l->out;
    int64_t height = l->height, width = l->width;
    if (resize == ENLARGE) height *= 2, width *= 2;
    if (resize == HALVE) height /= 2, width /= 2;
    for (int64_t o = 0; o < outputs; o += LANES) {
        int64_t corner = o / l->out, channel = o % l->out;
        moments found = {0};
        for (int64_t t = 0; t < count; t++) {
            int64_t y0 = (first + t) / across * step, x0 = (first + t) % across * step;
            vec half[7][POINTS], y[7], q[POINTS];
            for (int j = 0; j < POINTS; j++) {
                for (int i = 0; i < POINTS; i++) q[i] = load(m + (i * POINTS + j) * m_point + t * outputs + o);
                transform_output(step, q, y);
                for (int i = 0; i < step; i++) half[i][j] = y[i];
            }
            for (int i = 0; i < step; i++) {
                int64_t row = resize == ENLARGE ? 2 * (y0 + i) - 1 + corner / 2 : y0 + i;
                if (row < 0 || row >= height) continue;
                transform_output(step, half[i], y);
                for (int j = 0; j < step; j++) {
                    int64_t column = resize == ENLARGE ? 2 * (x0 + j) - 1 + corner % 2 : x0 + j;
                    if (column < 0 || column >= width) continue;
                    gather(&found, keep_in(l->map + row * l->map_row + column * l->out + channel, y[j]));
                }
            }
        }
        add_moments(totals, l->out, channel, &found);
    }
}

INLINE int64_t tiles_along(int64_t size, int resize) {
    return resize == SAME ? (size + 5) / 6 : resize == ENLARGE ? (size + 7) / 7 : (size / 2 + 6) / 7;
}

INLINE void convolve_piece(const convolution *l, int64_t piece, const int resize, int residual, int keep, float *work) {
    int64_t across = tiles_along(l->width, resize), down = tiles_along(l->height, resize);
    int64_t inputs = resize == HALVE ? 4 * l->in : l->in, outputs = resize == ENLARGE ? 4 * l->out : l->out;
    /* 16 numbers more than needed: points whole pages apart would fight for the same lines of the cache. */
    int64_t v_point = l->tiles * inputs + 16, m_point = l->tiles * outputs + 16;
    float *v = work, *m = work + POINTS * POINTS * v_point;
    int64_t first = piece * l->tiles, count = least(l->tiles, across * down - first);
    read_tiles(l, first, count, across, resize, v, v_point, residual, keep);
    for (int p = 0; p < POINTS * POINTS; p++)
        multiply(count, v + p * v_point, inputs, 1, 0, inputs, l->weights + p * inputs * outputs, outputs,
                 m + p * m_point, outputs);
    write_tiles(l, first, count, across, resize, m, m_point, l->totals + piece * 3 * l->out);
}

/* Tiles are steps of 6 pixels of the output, of 7 if it is halved, or of 7 corners if it is enlarged. `work` is for
 * 64 * (tiles * (inputs + outputs) + 32) numbers, of which one may be fourfold. */
void convolve_inner(const convolution *l, int64_t *next, int64_t at_most, float *work) {
    for (int64_t piece; at_most-- > 0 && (piece = take(next, l->pieces)) >= 0;) {
        if (l->resize == HALVE)
            convolve_piece(l, piece, HALVE, 0, 0, work);
        else if (l->resize == ENLARGE && l->residual)
            convolve_piece(l, piece, ENLARGE, 1, 0, work);
        else if (l->resize == ENLARGE)
            convolve_piece(l, piece, ENLARGE, 0, 0, work);
        else if (l->residual)
            convolve_piece(l, piece, SAME, 1, 1, work);
        else if (l->keep)
            convolve_piece(l, piece, SAME, 0, 1, work);
        else
            convolve_piece(l, piece, SAME, 0, 0, work);
    }
}
