"""Cases that remove what a run made."""

from pipeline.messages import Api, Argument, Made
from stages.execute import cleanup_cases


def made(path: str, remover: str, *values: str, identity: str = "") -> Made:
    names = ["petId", "photoId"]
    arguments = [Argument(location="path", name=name, value=value) for name, value in zip(names, values, strict=False)]
    return Made(path=path, operation="POST /x", remover=remover, arguments=arguments, identity=identity)


def test_children_go_before_parents_and_the_newest_first(pets: Api) -> None:
    """Deeper paths first; among equals the order given, which is newest first; each once."""
    pet, photo = "DELETE /pets/{petId}", "DELETE /pets/{petId}/photos/{photoId}"
    cases = cleanup_cases(
        pets, [made("/pets/2", pet, "2"), made("/pets/1/photos/9", photo, "1", "9"), made("/pets/1", pet, "1"), made("/pets/2", pet, "2")]
    )
    assert [case.title for case in cases] == ["remove /pets/1/photos/9", "remove /pets/2", "remove /pets/1"]
    assert [case.ordinal for case in cases] == [0, 1, 2]


def test_a_case_repeats_what_was_recorded(pets: Api) -> None:
    """The remover, its arguments and the identity that made the object."""
    (case,) = cleanup_cases(pets, [made("/pets/1", "DELETE /pets/{petId}", "1", identity="bob")])
    (step,) = case.steps
    assert (case.operation, step.operation, step.identity) == ("DELETE /pets/{petId}", "DELETE /pets/{petId}", "bob")
    assert step.arguments == [Argument(location="path", name="petId", value="1")]
    assert step.until is not None
    assert "503" not in step.until.statuses, "a busy target has not removed it"


def test_what_cannot_be_removed_is_left(pets: Api) -> None:
    """Without a remover, or with one that the document has no more, there is no case."""
    assert cleanup_cases(pets, [made("/pets/1", ""), made("/pets/2", "DELETE /gone/{id}")]) == []
