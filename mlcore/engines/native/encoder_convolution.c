/* conv2 and conv3: 3x3 with stride 2, computed directly. */
#include "lanes.h"

/* A row of the map with its norm and ReLU, reflected by one pixel at both ends. */
static void read_row(const float *from, int64_t width, int64_t channels, const float *scale, const float *shift,
                     float *to) {
    for (int64_t x = 0; x < width; x++)
        for (int64_t c = 0; c < channels; c += LANES)
            store(to + (x + 1) * channels + c,
                  normalised_relu(load(from + x * channels + c), load(scale + c), load(shift + c)));
    memcpy(to, to + 2 * channels, sizeof(float) * channels);
    memcpy(to + (width + 1) * channels, to + (width - 1) * channels, sizeof(float) * channels);
}

/* Rows top to bottom of the output; height and width are the input's and even.
 *
 * work: (2 * (bottom - top) + 1) * (width + 2) * in numbers.
 */
void convolve_stride2(const float *input, int64_t height, int64_t width, int64_t in, const float *scale,
                      const float *shift, const float *weights, int64_t out, float *map, double *totals, int64_t top,
                      int64_t bottom, float *work) {
    int64_t line = (width + 2) * in, across = width / 2;
    for (int64_t y = 0; y < 2 * (bottom - top) + 1; y++)
        read_row(input + reflect(2 * top + y - 1, height) * width * in, width, in, scale, shift, work + y * line);
    for (int64_t y = top; y < bottom; y++) {
        float *to = map + y * across * out;
        multiply(across, work + 2 * (y - top) * line, 2 * in, 3, line, 3 * in, weights, out, to, out);
        for (int64_t c = 0; c < out; c += LANES) {
            moments found = {0};
            for (int64_t x = 0; x < across; x++) gather(&found, load(to + x * out + c));
            add_moments(totals, out, c, &found);
        }
    }
}
