"""The administration of the catalog: words, files, where each style stands, how it is used."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST, require_safe

from stylizer.admin_forms import PLACE, WORDS, DecisionForm, NewStyleForm, StyleForm, StyleRowForm
from stylizer.admin_style_list import StandingFilter, StyleColumns
from stylizer.files import picture_response
from stylizer.models import IntakeKind, Status, Style, StyleIntake, Verb
from stylizer.rejections import Rejected
from stylizer.start_intake import start_intake
from stylizer.style_decisions import decide, possible_verbs
from stylizer.style_files import delete_unnamed, files_of, store_style_file
from stylizer.style_statistics import style_usage

VERB_WORDS = {
    Verb.PUBLISH: "Publish",
    Verb.UNPUBLISH: "Unpublish",
    Verb.RETIRE: "Retire",
    Verb.RESTORE: "Bring back",
}


@admin.register(Style)
class StyleAdmin(StyleColumns, admin.ModelAdmin[Style]):
    """The style catalog; a checkpoint that is uploaded goes through a worker's checks before anything is changed."""

    form = StyleForm
    list_display = (
        *("picture", "name", "artist", "licence", "standing_badge", "measured"),
        *("position", "is_featured", "paintings", "failures"),
    )
    list_display_links = ("name",)
    list_editable = PLACE
    list_filter = (StandingFilter, "is_featured")
    search_fields = ("name", "artist", "slug")
    prepopulated_fields = {"slug": ("name",)}
    actions = ("measure_again",)
    change_form_template = "admin/stylizer/style/change_form.html"
    readonly_fields = (
        *("checkpoint_sha256", "recipe", "metrics", "engine", "precision", "cost", "profiled_at"),
        *("deviation", "deviation_psnr", "deviation_ssim", "artefacts", "created_at"),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add decisions, measuring and pictures."""
        view = self.admin_site.admin_view
        own = [
            path("<path:object_id>/decide/", view(self.decide), name="stylizer_style_decide"),
            path("<path:object_id>/measure/", view(require_POST(self.measure)), name="stylizer_style_measure"),
            path("<path:object_id>/picture/", view(require_safe(self.show_picture)), name="stylizer_style_picture"),
        ]
        return own + super().get_urls()

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[StyleRowForm]:
        """Edit a line in a form whose fields have names."""
        return StyleRowForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[Style]:
        """Count the paintings in the same query."""
        failed = Count("stylizations", filter=Q(stylizations__status=Status.FAILED))
        ended = Count("stylizations", filter=Q(stylizations__status__in=[Status.SUCCEEDED, Status.FAILED]))
        counted = (
            super()
            .get_queryset(request)
            .annotate(painting_count=Count("stylizations"), failed_count=failed, ended_count=ended)
        )
        return counted

    def get_form(self, request: Any, obj: Style | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form with the upload that a new style needs, or that an old one may get."""
        return super().get_form(request, obj, change, **kwargs | {"form": StyleForm if obj else NewStyleForm})

    def get_fieldsets(self, request: HttpRequest, obj: Style | None = None) -> Any:
        """Group the fields; what is measured follows once there is something to measure."""
        files = ("upload", "style_image_upload") if obj else ("upload", "style_image_upload", "publish")
        sets = [(None, {"fields": WORDS}), ("Files", {"fields": files}), ("In the catalog", {"fields": PLACE})]
        if obj:
            sets.append(("Measured", {"fields": self.readonly_fields, "classes": ["collapse"]}))
        return sets

    def save_model(self, request: HttpRequest, obj: Style, form: ModelForm[Style], change: bool) -> None:
        """Write the words; a new style or checkpoint becomes an intake."""
        if not isinstance(form, StyleForm):  # the list's own, for what is edited there
            obj.save(update_fields=PLACE)
            return
        intake = None
        upload = form.cleaned_data.get("upload")
        encoded: bytes = getattr(form, "encoded_style_image", b"")
        if isinstance(form, NewStyleForm):
            intake = start_intake(
                IntakeKind.NEW,
                request.user,  # type: ignore[arg-type]  # staff
                entry=form.entry(),
                publish=form.cleaned_data["publish"],
                upload=upload,
                style_image=encoded,
            )
        else:
            if encoded:
                obj.style_image.name = store_style_file(encoded, ".jpg")
            # Not the columns that workers write meanwhile.
            obj.save(update_fields=[*WORDS, *PLACE, "style_image"])
            if upload is not None:
                intake = start_intake(IntakeKind.REPLACE, request.user, style=obj, upload=upload)  # type: ignore[arg-type]
        request.easel_intake = intake  # type: ignore[attr-defined]

    def log_addition(self, request: HttpRequest, obj: Style, message: Any) -> Any:
        """Log nothing yet: there is no style before a worker has checked it."""

    def response_add(self, request: HttpRequest, obj: Style, post_url_continue: str | None = None) -> HttpResponse:
        """Go to the intake's page."""
        return self._go_to_intake(request)

    def response_change(self, request: HttpRequest, obj: Style) -> HttpResponse:
        """Go to the intake's page if there is one."""
        return self._go_to_intake(request) if request.easel_intake else super().response_change(request, obj)  # type: ignore[attr-defined]

    def _go_to_intake(self, request: HttpRequest) -> HttpResponse:
        intake: StyleIntake = request.easel_intake  # type: ignore[attr-defined]
        self.message_user(request, f"{intake.name} is being checked. This page follows it; you may leave it.")
        return redirect(intake)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show pictures, decisions and usage above the form."""
        style = self.get_object(request, object_id)
        context = extra_context or {}
        if style is not None:
            context = {
                "style": style,
                "usage": style_usage(style),
                "decisions": style.decisions.select_related("decided_by")[:10],
                "intakes": style.intakes.all()[:5],
                "verbs": [(verb, VERB_WORDS[verb]) for verb in possible_verbs(style)],
            } | context
        return super().change_view(request, object_id, form_url, context)

    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Publish, unpublish, retire or bring back, with a reason."""
        style = self._changeable(request, object_id)
        form = DecisionForm(request.POST or None, initial={"verb": request.GET.get("verb", "")})
        if request.method == "POST" and form.is_valid():
            verb = Verb(form.cleaned_data["verb"])
            try:
                decide(style, verb, form.cleaned_data["reason"], request.user)  # type: ignore[arg-type]  # staff
            except Rejected as refusal:
                form.add_error(None, refusal.detail)
            else:
                self.log_change(request, style, f"{verb.label.capitalize()}: {form.cleaned_data['reason']}")
                self.message_user(request, f"{style.name} is {style.standing} now.", messages.SUCCESS)
                return redirect("admin:stylizer_style_change", style.pk)
        chosen = form["verb"].value()
        word = next((text for verb, text in VERB_WORDS.items() if verb == chosen), None)
        if word is None:
            raise Http404
        context = self.admin_site.each_context(request) | {
            "style": style,
            "form": form,
            "word": word,
            "verb": chosen,
            "title": f"{word} {style.name}",
            "opts": self.opts,
        }
        return TemplateResponse(
            request, "admin/stylizer/style/decide.html", context, status=400 if form.is_bound else 200
        )

    def measure(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Measure a style and paint its previews anew."""
        style = self._changeable(request, object_id)
        try:
            return redirect(start_intake(IntakeKind.MEASURE, request.user, style=style))  # type: ignore[arg-type]
        except Rejected as refusal:
            self.message_user(request, refusal.detail, messages.WARNING)
            return redirect("admin:stylizer_style_change", style.pk)

    @admin.action(description="Measure and preview again", permissions=["change"])
    def measure_again(self, request: HttpRequest, styles: QuerySet[Style]) -> None:
        """Queue several."""
        count = 0
        for style in styles:
            try:
                start_intake(IntakeKind.MEASURE, request.user, style=style)  # type: ignore[arg-type]
                count += 1
            except Rejected as refusal:
                self.message_user(request, refusal.detail, messages.WARNING)
        self.message_user(request, f"{count} will be measured by a worker.")

    def show_picture(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Serve a picture of any style, published or not, to staff."""
        style = self.get_object(request, object_id)
        if not self.has_view_permission(request, style):
            raise PermissionDenied
        if style is None:
            raise Http404
        kind = request.GET.get("of", "preview")
        if kind in ("preview", "style_image"):
            return picture_response(getattr(style, kind))
        preview = style.samples.filter(photo=kind.replace("\0", "")).first()
        if preview is None:
            raise Http404
        return picture_response(preview.image)

    def delete_model(self, request: HttpRequest, obj: Style) -> None:
        """Delete a style that no painting uses (Django refuses the others), then its files unless others have them."""
        names = files_of(obj)
        super().delete_model(request, obj)
        transaction.on_commit(lambda: delete_unnamed(names))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Style]) -> None:
        """Delete several, one by one, for the sake of their files."""
        for style in queryset:
            self.delete_model(request, style)

    def _changeable(self, request: HttpRequest, object_id: str) -> Style:
        style = self.get_object(request, object_id)
        if not self.has_change_permission(request, style):
            raise PermissionDenied
        if style is None:
            raise Http404
        return style
