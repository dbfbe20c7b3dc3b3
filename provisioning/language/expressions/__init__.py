"""A side-effect-free subset of JavaScript, compiled to Python functions.

`compile_expression` and `compile_text` refuse what they do not know, all reasons at once; what they accept gives
V8's result. Evaluation is bounded in steps, sizes and depth.
"""

from provisioning.language.expressions.budget import Budget
from provisioning.language.expressions.errors import EvaluationError, ExpressionError, ExpressionErrors
from provisioning.language.expressions.expression import Expression, compile_expression, compile_text
from provisioning.language.expressions.json_text import from_json, plain, to_json_text
from provisioning.language.expressions.reading import Read
from provisioning.language.expressions.scope import EVENT_SCOPE, WEBHOOK_SCOPE, LazyObject, Names, Scope
from provisioning.language.expressions.values import UNDEFINED, JSValue, truthy

__all__ = [
    "EVENT_SCOPE",
    "UNDEFINED",
    "WEBHOOK_SCOPE",
    "Budget",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "ExpressionErrors",
    "JSValue",
    "LazyObject",
    "Names",
    "Read",
    "Scope",
    "compile_expression",
    "compile_text",
    "from_json",
    "plain",
    "to_json_text",
    "truthy",
]
