from __future__ import annotations

import itertools
import math

import pytest
import torch

from mlcore.projected_lbfgs import projected_lbfgs


def minimise(function, start, most=200):
    """Run to the end or ``most`` evaluations; return the points and their values."""
    search = projected_lbfgs(start)
    points, values = [next(search)], []
    while True:
        leaf = points[-1].detach().requires_grad_(True)
        value = function(leaf)
        (gradient,) = torch.autograd.grad(value, leaf)
        values.append(value.item())
        if len(values) == most:
            return points, values
        try:
            points.append(search.send((values[-1], gradient)))
        except StopIteration:
            return points, values


def test_a_valley_that_gradient_descent_crawls_through_is_followed_to_its_bottom():
    # Rosenbrock's function within the box: 0 at (0.6, 0.36).
    def valley(x):
        return (0.6 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2

    points, values = minimise(valley, torch.tensor([0.05, 0.9], dtype=torch.float64))
    assert min(values) < 1e-10
    assert points[-1].tolist() == pytest.approx([0.6, 0.36], abs=1e-4)
    assert len(values) < 80


def test_points_stay_in_the_range_and_the_best_one_at_its_edge_is_found():
    # Coupled, so that clipping the free minimum (1.4, 0.2, …) is not the answer: with x0 = 1 the best x1 is 0.5.
    def bowl(x):
        return (x[0] - 2) ** 2 + 2 * (x[0] + x[1] - 1.5) ** 2 + (x[2] + 1) ** 2

    points, values = minimise(bowl, torch.tensor([0.1, 0.9, 0.8], dtype=torch.float64))
    assert min(point.min() for point in points) == 0
    assert max(point.max() for point in points) == 1
    assert points[values.index(min(values))].tolist() == pytest.approx([1, 0.5, 0], abs=1e-5)


def test_it_ends_by_itself_where_nothing_is_lower():
    _, values = minimise(lambda x: (x - 0.25).square().sum(), torch.full((4,), 0.75, dtype=torch.float64))
    assert len(values) < 200
    assert values[-1] == pytest.approx(0, abs=1e-12)
    _, values = minimise(lambda x: (x * 0).sum(), torch.full((4,), 0.75))
    assert len(values) == 1


def test_a_step_into_values_that_are_not_finite_is_taken_back():
    # log is -inf or NaN left of 0.3; the minimum is beside that cliff.
    def cliff(x):
        return (1e-3 / (x - 0.3) + x).sum() if (x > 0.3).all() else (x * math.nan).sum()

    _, values = minimise(cliff, torch.tensor([0.31, 0.9], dtype=torch.float64))
    finite = [value for value in values if math.isfinite(value)]
    assert min(finite) == pytest.approx(2 * (0.3 + 2 * 1e-3**0.5), rel=1e-4)


def test_points_given_out_are_never_changed():
    points, _ = minimise(lambda x: (x - 0.25).square().sum(), torch.full((4,), 0.75), most=3)
    assert points[0].tolist() == [0.75] * 4
    assert len({tuple(point.tolist()) for point in points}) == 3


def test_steps_that_fail_are_shortened_and_then_the_search_begins_anew_along_the_gradient():
    def valley(x):
        return (x * torch.tensor([1.0, 9.0, 60.0])).square().sum() / 2

    search = projected_lbfgs(torch.tensor([0.9, 0.8, 0.7], dtype=torch.float64))
    x = next(search)
    for _ in range(3):
        leaf = x.clone().requires_grad_(True)
        value = valley(leaf)
        (gradient,) = torch.autograd.grad(value, leaf)
        last, x = x, search.send((value.item(), gradient))
    # Every step from `last` is a failure from here on, whatever its length.
    lengths = []
    for _ in range(8):
        lengths.append((x - last).norm().item())
        x = search.send((math.nan, gradient))
    assert lengths == pytest.approx([lengths[0] * 0.1**tries for tries in range(8)], rel=0.05)
    torch.testing.assert_close(x, last - gradient * 0.03 / gradient.abs().mean())


def test_a_failed_step_is_shortened_to_the_lowest_point_of_the_parabola_it_shows():
    search = projected_lbfgs(torch.tensor([0.5], dtype=torch.float64))
    next(search)
    # From 0.5 the first step goes by 0.03 to 0.53. With slope -1 and value +0.03 there, the parabola's minimum is at a
    # quarter of the step.
    (tried,) = search.send((1.0, torch.tensor([-1.0], dtype=torch.float64))).tolist()
    assert tried == pytest.approx(0.53)
    (tried,) = search.send((1.03, torch.tensor([3.0], dtype=torch.float64))).tolist()
    assert tried == pytest.approx(0.5 + 0.03 / 4)


def test_a_step_is_that_of_bfgs_written_out_as_a_matrix():
    scales = torch.tensor([1.0, 4.0, 9.0], dtype=torch.float64)
    centre = torch.tensor([0.4, 0.5, 0.6], dtype=torch.float64)

    def tell(x):
        return (scales * (x - centre).square()).sum().item() / 2, scales * (x - centre)

    points = [torch.tensor([0.55, 0.62, 0.51], dtype=torch.float64)]
    search = projected_lbfgs(points[0])
    next(search)
    for _ in range(3):
        points.append(search.send(tell(points[-1])))
    steps = [after - before for before, after in itertools.pairwise(points)]
    changes = [scales * step for step in steps]
    eye = torch.eye(3, dtype=torch.float64)
    inverse = steps[1].dot(changes[1]) / changes[1].dot(changes[1]) * eye
    for step, change in zip(steps[:2], changes[:2], strict=True):
        share = 1 / step.dot(change)
        left = eye - share * torch.outer(step, change)
        inverse = left @ inverse @ left.T + share * torch.outer(step, step)
    torch.testing.assert_close(points[3], points[2] - inverse @ tell(points[2])[1])
