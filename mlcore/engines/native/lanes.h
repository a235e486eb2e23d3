/* Vectors as wide as the processor's registers, and how convolutions read maps.
 *
 * Maps are (H, W, C), C last. A map is stored as its convolution left it; the instance norm that follows is
 * two numbers a channel (scale, shift), applied with the ReLU while the next layer reads the map. Biases are left out:
 * the norm would subtract them again.
 *
 * For the same reason each layer may read its input less a constant for each channel, which padding by reflection leaves
 * constant: m, what the input is where the photo is of one colour. Without it small differences would drown in half
 * precision.
 *
 * A layer is done in pieces, which its threads take from a common counter: each calls the layer's function with `next`,
 * `at_most` how many it may do before it returns, and `work`, memory of its own. Whoever sets the counter to the end
 * stops them. Statistics are kept by piece, so that sums do not depend on who did what.
 */
#ifndef LANES_H
#define LANES_H

#include <stdint.h>
#include <string.h>
#ifdef __AVX__
#include <immintrin.h>
#endif

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
/* b where a is not a number. */
#if defined(__AVX512F__)
INLINE vec larger(vec a, vec b) { return (vec)_mm512_max_ps((__m512)a, (__m512)b); }
INLINE vec smaller(vec a, vec b) { return (vec)_mm512_min_ps((__m512)a, (__m512)b); }
#elif defined(__AVX__)
INLINE vec larger(vec a, vec b) { return (vec)_mm256_max_ps((__m256)a, (__m256)b); }
INLINE vec smaller(vec a, vec b) { return (vec)_mm256_min_ps((__m256)a, (__m256)b); }
#else
INLINE vec larger(vec a, vec b) { return pick(a > b, a, b); }
INLINE vec smaller(vec a, vec b) { return pick(a < b, a, b); }
#endif
/* relu(y) - m as larger(y - m, -m), where y - m = v * scale + shift and -m = floor. */
INLINE vec normalised_relu(vec v, vec scale, vec shift, vec floor) { return larger(v * scale + shift, floor); }
/* The next piece, or -1 when there is none. */
INLINE int64_t take(int64_t *next, int64_t pieces) {
    int64_t piece = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED);
    return piece < pieces ? piece : -1;
}

INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* Maps and weights are kept in half precision where the processor converts while it loads and stores: half as much has to
 * come from memory, which is what large photos wait for. Sums are float32. */
#if defined(__AVX512F__) && defined(__F16C__)
typedef uint16_t kept;
INLINE vec widen(const kept *from) { return (vec)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from)); }
INLINE void narrow(kept *to, vec v) { _mm256_storeu_si256((__m256i *)to, _mm512_cvtps_ph((__m512)v, 0)); }
#elif defined(__AVX__) && defined(__F16C__)
typedef uint16_t kept;
INLINE vec widen(const kept *from) { return (vec)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from)); }
INLINE void narrow(kept *to, vec v) { _mm_storeu_si128((__m128i *)to, _mm256_cvtps_ph((__m256)v, 0)); }
#else
typedef float kept;
INLINE vec widen(const kept *from) { return load(from); }
INLINE void narrow(kept *to, vec v) { store(to, v); }
#endif

/* Store what fits, and return what was stored: statistics must be those of what is read later. */
INLINE vec keep_in(kept *to, vec v) {
    if (sizeof(kept) < sizeof(float)) v = smaller(larger(v, splat(-65504.0f)), splat(65504.0f));
    narrow(to, v);
    return widen(to);
}

/* v[i][n] and v[n][i] change places: blocks of half the size do, then of a quarter, and so on. */
#define UPPER(half, n) ((n) & (half) ? LANES + (n) - (half) : (n))
#define LOWER(half, n) ((n) & (half) ? LANES + (n) : (n) + (half))
#define EACH4(f, half, n) f(half, n), f(half, n + 1), f(half, n + 2), f(half, n + 3)
#define EACH8(f, half, n) EACH4(f, half, n), EACH4(f, half, n + 4)
#if LANES == 16
#define EACH(f, half) EACH8(f, half, 0), EACH8(f, half, 8)
#elif LANES == 8
#define EACH(f, half) EACH8(f, half, 0)
#else
#define EACH(f, half) EACH4(f, half, 0)
#endif
#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (ivec){__VA_ARGS__})
#endif
#define EXCHANGE(half) \
    for (int i = 0; i < LANES; i++) \
        if (!(i & (half))) { \
            vec upper = v[i], lower = v[i + (half)]; \
            v[i] = SHUFFLE(upper, lower, EACH(UPPER, half)); \
            v[i + (half)] = SHUFFLE(upper, lower, EACH(LOWER, half)); \
        }
INLINE void transpose(vec v[LANES]) {
#if LANES == 16
    EXCHANGE(8)
#endif
#if LANES >= 8
    EXCHANGE(4)
#endif
    EXCHANGE(2)
    EXCHANGE(1)
}

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
void multiply(int64_t count, const float *a, int64_t pixel, int64_t rows, int64_t row, int64_t run, const kept *b,
              int64_t out, float *c, int64_t c_pixel);

#endif
