"""Forms made from pydantic models: typed fields, with errors beside them."""

from console.forms.form import ModelForm
from console.forms.nested import FormLayout

__all__ = ["FormLayout", "ModelForm"]
