"""How well wrong labels are found, ours beside cleanlab and other published formulas, on the same embeddings.

``python -m benchmarks.mislabels --data ../shared/data --weights ../shared/weights/squeezenet1_0_imagenet.pth [--quick]``
"""
