from datadoctor.checks import load
from tests.checks.label_sets import CLASSES, judged

WRONG = [(row, row % 3) for row in range(0, 60, 4)]


def test_classes_that_show_and_are_not_labelled_are_found_and_no_others() -> None:
    dataset, several, quality, neighbours = judged(300, WRONG)
    found = list(load("missing-label").find(dataset, several, quality, neighbours))
    cells = {(int(one.items[0].path[:4]), CLASSES.index(one.labels[0])) for one in found}
    assert cells == {cell for cell in WRONG if several[cell] == 0}
    assert all(one.message.startswith(f"Looks like {one.labels[0]}, too, and is not labelled so") for one in found)


def test_the_key_does_not_follow_the_other_labels_of_the_image() -> None:
    dataset, several, quality, neighbours = judged(300, WRONG)
    one = next(iter(load("missing-label").find(dataset, several, quality, neighbours)))
    row, column = int(one.items[0].path[:4]), CLASSES.index(one.labels[0])
    several[row, (column + 1) % 3] = 1 - several[row, (column + 1) % 3]
    again = {found.key for found in load("missing-label").find(dataset, several, quality, neighbours)}
    assert one.key in again
