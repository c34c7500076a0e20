"""What functional-negative calls a violation ("minimum/far", native/GENERATION.md, sections 16 to 19), in words.

docs/violations.md has them all.
"""

from typing import Final

VIOLATES: Final = ":violates/"  # between the place and the label in the class of a case (native/GENERATION.md, section 19)
# What stands behind the place that is violated: "query/limit is above maximum".
WORDS: Final = {
    "required": "is missing",
    "empty-value": "is sent without a value",
    "type": "has a type that is not allowed",
    "enum": "is not one of the values of enum",
    "enum/case": "is a value of enum in the wrong letter case",
    "enum/prefix": "is a value of enum without its last character",
    "enum/suffix": "is a value of enum with a character appended",
    "enum/above": "is one more than a value of enum",
    "enum/below": "is one less than a value of enum",
    "const": "is not the value of const",
    "const/case": "is the value of const in the wrong letter case",
    "const/prefix": "is the value of const without its last character",
    "const/suffix": "is the value of const with a character appended",
    "const/above": "is one more than the value of const",
    "const/below": "is one less than the value of const",
    "minimum": "is below minimum",
    "minimum/far": "is far below minimum",
    "maximum": "is above maximum",
    "maximum/far": "is far above maximum",
    "exclusiveMinimum": "is not above exclusiveMinimum",
    "exclusiveMinimum/far": "is far below exclusiveMinimum",
    "exclusiveMaximum": "is not below exclusiveMaximum",
    "exclusiveMaximum/far": "is far above exclusiveMaximum",
    "multipleOf": "is not a multiple of multipleOf",
    "beyond-double": "is a number too large for a double (1E+400)",
    "minLength": "is shorter than minLength",
    "maxLength": "is longer than maxLength",
    "maxLength/huge": "is much longer than maxLength (262144 characters)",
    "pattern": "does not match its pattern",
    "pattern/suffix": "does not match its pattern (a character appended)",
    "pattern/prefix": "does not match its pattern (a character put in front)",
    "pattern/control": "does not match its pattern (a NUL character appended)",
    "pattern/other": "does not match its pattern (no part of it does)",
    "format": "does not have its format",
    "format/control": "does not have its format (a NUL character appended)",
    "format/minimum": "is below the smallest number of its format",
    "format/minimum/far": "is far below the smallest number of its format",
    "format/maximum": "is above the largest number of its format",
    "format/maximum/far": "is far above the largest number of its format",
    "minItems": "has fewer items than minItems",
    "maxItems": "has more items than maxItems",
    "uniqueItems": "has the same item twice, which uniqueItems forbids",
    "contains": "has no item that matches contains",
    "contains/none": "has items, none of which matches contains",
    "minContains": "has fewer items that match contains than minContains",
    "maxContains": "has more items that match contains than maxContains",
    "items": "has an item that items forbids",
    "unevaluatedItems": "has an item that unevaluatedItems forbids",
    "minProperties": "has fewer properties than minProperties",
    "maxProperties": "has more properties than maxProperties",
    "additionalProperties": "has a property that additionalProperties forbids",
    "unevaluatedProperties": "has a property that unevaluatedProperties forbids",
    "properties": "has a property that properties forbids",
    "patternProperties": "has a property whose value patternProperties forbids",
    "propertyNames": "has a property whose name propertyNames forbids",
    "dependentRequired": "lacks a property that dependentRequired requires beside another",
    "dependentSchemas": "breaks the schema that dependentSchemas requires beside a property",
    "then": "meets the condition of if, but breaks then",
    "else": "does not meet the condition of if, and breaks else",
    "not": "matches the schema of not",
    "oneOf": "does not match exactly one branch of oneOf",
    "oneOf/none": "matches no branch of oneOf",
    "anyOf": "matches no branch of anyOf",
    "allOf/enum": "is a value of one enum of allOf, but not of another",
    "allOf/const": "is the value of one const of allOf, but not of another",
    "allOf/pattern": "matches one pattern of allOf, but not another",
    "allOf/multipleOf": "is a multiple of one multipleOf of allOf, but not of another",
    "media-type": "is sent as text/plain",
    "media-type/json": "is sent as application/json",
    "media-type/absent": "is sent without a media type",
    "malformed": "is malformed",
    "malformed/cut": "is JSON that is cut off",
    "malformed/trailing-comma": "is JSON with a trailing comma",
    "malformed/empty": "is empty",
    "malformed/utf-8": "is JSON with a byte that is not UTF-8",
    "malformed/no-utf-8": "has a byte that is not UTF-8",
    "malformed/latin-1": "is JSON in Latin-1, declared as UTF-8",
    "malformed/nan": "is JSON with NaN",
    "malformed/single-quotes": "is JSON in single quotes",
    "malformed/deep": "is 2000 nested arrays",
    "malformed/deep-object": "is 2000 nested objects",
    "malformed/duplicate-key": "is JSON with the same key twice",
    "malformed/surrogate": "is JSON with a lone surrogate",
    "malformed/utf-16": "is JSON in UTF-16",
    "malformed/utf-16-as-utf-8": "is JSON in UTF-16, declared as UTF-8",
    "malformed/byte-order-mark": "is JSON with a byte order mark",
    "malformed/percent": "is a form with a % that is not followed by two hex digits",
    "malformed/unclosed": "is multipart without its closing boundary",
    "malformed/no-boundary": "is multipart, and its Content-Type has no boundary",
    "malformed/wrong-boundary": "is multipart with another boundary than its Content-Type says",
    "malformed/cut-part": "is multipart that ends in the headers of a part",
    "malformed/unclosed-element": "is XML without its last end tag",
    "malformed/no-element": "is XML without an element",
    "malformed/nul": "is XML with a NUL character",
    "malformed/wrong-encoding": "is XML in UTF-8, declared as UTF-16",
    "malformed/utf-16-undeclared": "is XML in UTF-16 that does not say so",
    "malformed/deep-element": "is 2000 nested elements",
    "content-length": "has a wrong Content-Length",
    "content-length/not-a-number": "has a Content-Length that is not a number",
    "content-length/negative": "has a Content-Length that is negative",
    "content-length/differing": "has two Content-Lengths that differ",
    "content-length/short": "has a Content-Length that is one byte too small, which cuts its body",
    "content-length/long": "has a Content-Length that is one byte too large",
    "content-encoding/gzip": "is declared as gzip, which it is not",
    "content-encoding/sample": "is declared to be in an unknown content coding",
    "encoding/nul": "has a NUL character (%00)",
    "encoding/utf-8": "has a byte that is not UTF-8 (%FF)",
    "encoding/control": "has a control character (%01)",
    "encoding/line-break": "has a carriage return and a line feed (%0D%0A)",
    "encoding/percent": "has a percent sign that is not followed by two hex digits (%zz)",
    "encoding/overlong": "has an overlong UTF-8 sequence (%C0%AF)",
    "encoding/obs-text": "has a non-ASCII letter, in UTF-8",
    "encoding/tab": "has tabs around it",
    "duplicate": "is there twice, with two values",
    "long": "is very long",
}
# Keywords that hold the schema of a part; behind "/" stands what that says and is violated.
APPLICATORS: Final = {
    "additionalProperties": "has an additional property that",
    "unevaluatedProperties": "has an unevaluated property that",
    "patternProperties": "has a property of patternProperties that",
    "items": "has an appended item that",
    "unevaluatedItems": "has an unevaluated item that",
}
# Those of the properties that a schema does not name: the pointer goes on to a name that was made up.
OF_FREE_NAMES: Final = frozenset({"additionalProperties", "unevaluatedProperties", "patternProperties", "propertyNames"})
_KINDS: Final = {"integer": "an integer", "object": "an object", "array": "an array", "null": "null"}


def in_words(label: str) -> str:
    """What is wrong with a place by a label: known ones as above, those of a number ("format/2") as what they are of."""
    if label in WORDS:
        return WORDS[label]
    keyword, _, rest = label.partition("/")
    if keyword == "type":
        return f"is {_KINDS.get(rest, f'a {rest}')}, which its type does not allow"
    if keyword in ("enum", "const"):
        return f"is {_KINDS.get(rest, f'a {rest}')}, and {WORDS[keyword]}"
    if keyword == "not":
        return f"{WORDS[keyword]}, by its {rest.partition('/')[0]}"
    if keyword == "oneOf":
        return "matches two branches of oneOf, where one is allowed"
    if keyword in APPLICATORS:
        return f"{APPLICATORS[keyword]} {in_words(rest)}"
    return WORDS.get(keyword, f"violates {keyword}")


def of_many(keyword: str) -> str:
    """The same of whatever place, for any label of the keyword."""
    if keyword == "required":
        return "required input is missing"
    if keyword == "media-type":
        return "a body of another media type, or of none"
    return f"what {WORDS.get(keyword, f'violates {keyword}')}"
