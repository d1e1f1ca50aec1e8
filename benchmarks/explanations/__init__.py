"""Are the maps true? Deletion, insertion and pointing, beside Grad-CAM, occlusion, RISE and chance: see ``__main__``."""
