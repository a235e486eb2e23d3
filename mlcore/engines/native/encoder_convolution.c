/* conv2 and conv3: 3x3 with stride 2, computed directly. */
#include "lanes.h"

#define SEGMENT 64 /* outputs across at a time, so that what they read stays in the cache */

/* Pixels first to first + count of a row, with its norm and ReLU, reflected at both ends. */
static void read_row(const float *from, int64_t width, int64_t channels, const float *scale, const float *shift,
                     int64_t first, int64_t count, float *to) {
    for (int64_t x = first; x < first + count; x++, to += channels) {
        const float *pixel = from + reflect(x, width) * channels;
        for (int64_t c = 0; c < channels; c += LANES)
            store(to + c, normalised_relu(load(pixel + c), load(scale + c), load(shift + c)));
    }
}

/* Rows top to bottom of the output; height and width are the input's and even.
 *
 * work: as many numbers as stride2_work() says.
 */
void convolve_stride2(const float *input, int64_t height, int64_t width, int64_t in, const float *scale,
                      const float *shift, const float *weights, int64_t out, float *map, double *totals, int64_t top,
                      int64_t bottom, float *work) {
    int64_t across = width / 2, line = (2 * SEGMENT + 1) * in;
    for (int64_t x = 0; x < across; x += SEGMENT) {
        int64_t count = least(SEGMENT, across - x);
        for (int64_t y = 0; y < 2 * (bottom - top) + 1; y++)
            read_row(input + reflect(2 * top + y - 1, height) * width * in, width, in, scale, shift, 2 * x - 1,
                     2 * count + 1, work + y * line);
        for (int64_t y = top; y < bottom; y++) {
            float *to = map + (y * across + x) * out;
            multiply(count, work + 2 * (y - top) * line, 2 * in, 3, line, 3 * in, weights, out, to, out);
            for (int64_t c = 0; c < out; c += LANES) {
                moments found = {0};
                for (int64_t i = 0; i < count; i++) gather(&found, load(to + i * out + c));
                add_moments(totals, out, c, &found);
            }
        }
    }
}

int64_t stride2_work(int64_t rows, int64_t in) { return (2 * rows + 1) * (2 * SEGMENT + 1) * in; }
