/* Vectors as wide as the processor's registers, and how convolutions read maps.
 *
 * Maps are (H, W, C) in float32, C last. A map is stored as its convolution left it; the instance norm that follows is
 * two numbers a channel (scale, shift), applied with the ReLU while the next layer reads the map. Biases are left out:
 * the norm would subtract them again. Every function computes a range of rows or tiles, so that the caller spreads
 * ranges over threads, reports progress and stops between them.
 */
#ifndef LANES_H
#define LANES_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define LANES 16
#define PIXELS 12
#elif defined(__AVX__)
#define LANES 8
#define PIXELS 6
#elif defined(__ARM_NEON)
#define LANES 4
#define PIXELS 12
#else
#define LANES 4
#define PIXELS 6
#endif
/* Sums kept in registers by product(): PIXELS pixels of CHANNELS output channels. */
#define CHANNELS (2 * LANES)

#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vec load(const float *from) { return *(const vec *)from; }
INLINE void store(float *to, vec v) { *(vec *)to = v; }
INLINE vec splat(float x) { return x - (vec){0}; }
INLINE vec pick(ivec mask, vec a, vec b) { return (vec)((mask & (ivec)a) | (~mask & (ivec)b)); }
INLINE vec larger(vec a, vec b) { return pick(a > b, a, b); }
INLINE vec smaller(vec a, vec b) { return pick(a < b, a, b); }
INLINE vec normalised_relu(vec v, vec scale, vec shift) { return larger(v * scale + shift, (vec){0}); }
INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* Reflection that does not repeat the edge; what lies beyond it is read for outputs that nobody keeps. */
INLINE int64_t reflect(int64_t i, int64_t size) {
    i = least(i, 2 * size - 2);
    return i < 0 ? -i : i >= size ? 2 * size - 2 - i : i;
}

/* Count, mean and sum of squared differences from the mean, gathered around the first value: a mean square minus a
 * squared mean would leave rounding alone where a channel hardly varies. */
typedef struct {
    vec first, sum, squares;
    int64_t count;
} moments;

INLINE void gather(moments *m, vec v) {
    if (m->count++ == 0) m->first = v;
    v -= m->first;
    m->sum += v;
    m->squares += v * v;
}

/* Merge them into totals[3][channels] (Chan, Golub & LeVeque, 1983), of which `first` is the first channel. */
INLINE void add_moments(double *totals, int64_t channels, int64_t first, const moments *m) {
    if (m->count == 0) return;
    double count = (double)m->count;
    for (int n = 0; n < LANES; n++) {
        double *counted = totals + first + n, *mean = counted + channels, *squares = mean + channels;
        double sum = m->sum[n], other = (double)m->first[n] + sum / count, difference = other - *mean;
        double all = *counted + count;
        *squares += m->squares[n] - sum * sum / count + difference * difference * *counted * count / all;
        *mean += difference * count / all;
        *counted = all;
    }
}

/* `count` pixels, `pixel` numbers apart, each the sum over `rows` rows of a[run] times b[run][out].
 *
 * b is packed as [out / CHANNELS][rows * run][CHANNELS]; c's pixels are c_pixel numbers apart.
 */
void multiply(int64_t count, const float *a, int64_t pixel, int64_t rows, int64_t row, int64_t run, const float *b,
              int64_t out, float *c, int64_t c_pixel);

#endif
