"""What a case's last step, its attempt, is made of."""


def attempt(case):
    return case.steps[-1]


def values(case):
    """By name of the parameter."""
    return {argument.name: argument.value for argument in attempt(case).arguments}
