/* The matrix product that all convolutions end in. */
#include "lanes.h"

/* For whoever packs the weights. */
int64_t channels_at_a_time(void) { return CHANNELS; }
int64_t bytes_kept(void) { return sizeof(kept); }

INLINE void product(int pixels, const float *a, int64_t pixel, int64_t rows, int64_t row, int64_t run, const kept *b,
                    float *c, int64_t c_pixel) {
    vec sum[PIXELS][2];
    int64_t next = rows * run * CHANNELS;
    for (int i = 0; i < pixels; i++) sum[i][0] = sum[i][1] = (vec){0};
    for (int64_t r = 0; r < rows; r++) {
        const float *from = a + r * row;
        for (int64_t k = 0; k < run; k++, b += CHANNELS) {
            __builtin_prefetch(b + next, 0, 2);
            vec left = widen(b), right = widen(b + LANES);
#pragma GCC unroll 12
            for (int i = 0; i < pixels; i++) {
                vec value = splat(from[i * pixel + k]);
                sum[i][0] += value * left;
                sum[i][1] += value * right;
            }
        }
    }
    for (int i = 0; i < pixels; i++) {
        store(c + i * c_pixel, sum[i][0]);
        store(c + i * c_pixel + LANES, sum[i][1]);
    }
}

/* In a file of its own: inlined where `pixel` is a constant, the compiler keeps values instead of sums in registers. */
void multiply(int64_t count, const float *a, int64_t pixel, int64_t rows, int64_t row, int64_t run, const kept *b,
              int64_t out, float *c, int64_t c_pixel) {
#define PRODUCT(pixels) product(pixels, a + i * pixel, pixel, rows, row, run, b, c + i * c_pixel + o, c_pixel)
#define REST(pixels) \
    case pixels: \
        PRODUCT(pixels); \
        break;
    for (int64_t o = 0; o < out; o += CHANNELS, b += rows * run * CHANNELS) {
        int64_t i = 0;
        for (; i + PIXELS <= count; i += PIXELS) PRODUCT(PIXELS);
        switch (count - i) {
            REST(1) REST(2) REST(3) REST(4) REST(5)
#if PIXELS > 6
            REST(6) REST(7) REST(8) REST(9) REST(10) REST(11)
#endif
        }
    }
}
