"""Fast neural style transfer (Johnson et al., ECCV 2016) as a plain PyTorch library.

Knows nothing of Django: functions take values, return values and yield progress.
Nothing is imported here, so that ``import mlcore.errors`` costs no torch.
"""
