from django.contrib.admin.apps import AdminConfig


class EaselAdminConfig(AdminConfig):
    default_site = "nstsite.admin_site.EaselAdminSite"
