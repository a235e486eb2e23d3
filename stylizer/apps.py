from django.apps import AppConfig


class StylizerConfig(AppConfig):
    name = "stylizer"
    verbose_name = "Styles and jobs"
