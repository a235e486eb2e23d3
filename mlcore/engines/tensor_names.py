"""What photo and painting are called in the graphs of runtimes."""

INPUT_NAME, OUTPUT_NAME = "image", "painting"
