"""A style as a file that runs without this project: TorchScript, ONNX or OpenVINO.

Nothing is imported here, so that naming the formats costs no torch.
"""
