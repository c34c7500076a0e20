"""What functional-negative calls a violation ("minimum/far", native/GENERATION.md, sections 16 to 19), in words.

docs/violations.md has them all.
"""

from typing import Final

VIOLATES: Final = ":violates/"  # between the place and the label in the class of a case (native/GENERATION.md, section 19)
# What stands behind the place that is violated: "query/limit is above maximum".
WORDS: Final = {
    "required": "is missing",
    "empty-value": "has no value",
    "type": "has a type that is not allowed",
    "enum": "is no member of enum",
    "enum/case": "is a member of enum in other letters",
    "enum/prefix": "is a member of enum without its last character",
    "enum/suffix": "is a member of enum with one more character",
    "enum/above": "is one more than a member of enum",
    "enum/below": "is one less than a member of enum",
    "const": "is not const",
    "const/case": "is const in other letters",
    "const/prefix": "is const without its last character",
    "const/suffix": "is const with one more character",
    "const/above": "is one more than const",
    "const/below": "is one less than const",
    "minimum": "is below minimum",
    "minimum/far": "is far below minimum",
    "maximum": "is above maximum",
    "maximum/far": "is far above maximum",
    "exclusiveMinimum": "is not above exclusiveMinimum",
    "exclusiveMinimum/far": "is far below exclusiveMinimum",
    "exclusiveMaximum": "is not below exclusiveMaximum",
    "exclusiveMaximum/far": "is far above exclusiveMaximum",
    "multipleOf": "is no multiple of multipleOf",
    "beyond-double": "is a number beyond a double (1E+400)",
    "minLength": "is shorter than minLength",
    "maxLength": "is longer than maxLength",
    "maxLength/huge": "is longer than maxLength by far (262144 characters)",
    "pattern": "does not match pattern",
    "pattern/suffix": "does not match pattern, by what stands behind",
    "pattern/prefix": "does not match pattern, by what stands before",
    "pattern/control": "does not match pattern, by a NUL character behind",
    "pattern/other": "does not match pattern, in all of it",
    "format": "is not of its format",
    "format/control": "is not of its format, by a NUL character behind",
    "format/minimum": "is below the least number of its format",
    "format/minimum/far": "is far below the least number of its format",
    "format/maximum": "is above the greatest number of its format",
    "format/maximum/far": "is far above the greatest number of its format",
    "minItems": "has fewer items than minItems",
    "maxItems": "has more items than maxItems",
    "uniqueItems": "has an item twice, against uniqueItems",
    "contains": "has no item that contains asks for",
    "contains/none": "has items, and none that contains asks for",
    "minContains": "has fewer items that contains asks for than minContains",
    "maxContains": "has more items that contains asks for than maxContains",
    "items": "has an item that items forbids",
    "unevaluatedItems": "has an item that unevaluatedItems forbids",
    "minProperties": "has fewer properties than minProperties",
    "maxProperties": "has more properties than maxProperties",
    "additionalProperties": "has a property that additionalProperties forbids",
    "unevaluatedProperties": "has a property that unevaluatedProperties forbids",
    "patternProperties": "has a property of a wrong value by patternProperties",
    "propertyNames": "has a property of a name that propertyNames forbids",
    "dependentRequired": "lacks what dependentRequired asks for beside another property",
    "dependentSchemas": "breaks what dependentSchemas asks for beside another property",
    "then": "meets the condition of if, and not what then asks for",
    "else": "does not meet the condition of if, nor what else asks for",
    "not": "is what not forbids",
    "oneOf": "is not right for exactly one branch of oneOf",
    "oneOf/none": "is right for no branch of oneOf",
    "anyOf": "is right for no branch of anyOf",
    "allOf/enum": "is right for one enum of allOf, and not for another",
    "allOf/const": "is right for one const of allOf, and not for another",
    "allOf/pattern": "matches one pattern of allOf, and not another",
    "allOf/multipleOf": "is right for one multipleOf of allOf, and not for another",
    "media-type": "is sent as text/plain",
    "media-type/json": "is sent as application/json",
    "media-type/absent": "is sent without a media type",
    "malformed": "is malformed",
    "malformed/cut": "is JSON without its end",
    "malformed/trailing-comma": "is JSON with a comma too many",
    "malformed/empty": "is empty",
    "malformed/utf-8": "is JSON with a byte that is no UTF-8",
    "malformed/no-utf-8": "has a byte that is no UTF-8",
    "malformed/latin-1": "is JSON in Latin-1, declared as UTF-8",
    "malformed/nan": "is JSON with NaN",
    "malformed/single-quotes": "is JSON in single quotes",
    "malformed/deep": "is 2000 arrays inside of each other",
    "malformed/deep-object": "is 2000 objects inside of each other",
    "malformed/duplicate-key": "is JSON with a key that is there twice",
    "malformed/surrogate": "is JSON with a lone surrogate",
    "malformed/utf-16": "is JSON in UTF-16",
    "malformed/utf-16-as-utf-8": "is JSON in UTF-16, declared as UTF-8",
    "malformed/byte-order-mark": "is JSON with a byte order mark",
    "malformed/percent": "is a form with a % that begins no byte",
    "malformed/unclosed": "is multipart without its closing boundary",
    "malformed/no-boundary": "is multipart, and its Content-Type has no boundary",
    "malformed/wrong-boundary": "is multipart with another boundary than its Content-Type says",
    "malformed/cut-part": "is multipart that ends in the head of a part",
    "malformed/unclosed-element": "is XML without its last end tag",
    "malformed/no-element": "is XML without an element",
    "malformed/nul": "is XML with a NUL character",
    "content-length": "has a wrong Content-Length",
    "content-length/not-a-number": "has a Content-Length that is not a number",
    "content-length/negative": "has a Content-Length that is negative",
    "content-length/differing": "has two Content-Lengths that differ",
    "content-length/short": "has a Content-Length that is one byte too small, which cuts its body",
    "content-length/long": "has a Content-Length that is one byte too large",
    "content-encoding/gzip": "is declared as gzip, which it is not",
    "content-encoding/sample": "is declared to be in an unknown content coding",
    "encoding/nul": "has a NUL character (%00)",
    "encoding/utf-8": "has a byte that is no UTF-8 (%FF)",
    "encoding/control": "has a control character (%01)",
    "encoding/line-break": "has a carriage return and a line feed (%0D%0A)",
    "encoding/percent": "has a percent sign that begins no byte (%zz)",
    "encoding/overlong": "has a byte sequence that is no UTF-8 as it is too long (%C0%AF)",
    "encoding/obs-text": "has a letter beyond ASCII, in UTF-8",
    "encoding/tab": "has tabs around it",
    "duplicate": "is there twice, with two values",
    "long": "is very long",
}
# Keywords that hold the schema of a part; behind "/" stands what that says and is violated.
APPLICATORS: Final = {
    "additionalProperties": "has an additional property that",
    "unevaluatedProperties": "has an unevaluated property that",
    "patternProperties": "has a property of patternProperties that",
    "items": "has an item behind the others that",
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
        return "is right for two branches of oneOf, where one is allowed"
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
