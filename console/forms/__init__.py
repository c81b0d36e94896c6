"""Forms made from pydantic models: typed fields, and errors beside them in words for people."""

from console.forms.form import ModelForm
from console.forms.groups import FormLayout

__all__ = ["FormLayout", "ModelForm"]
