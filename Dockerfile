# syntax=docker/dockerfile:1
# Easel in containers: docs/deployment.md, "Containers". Targets:
#   cpu    web server and worker without a GPU       cuda   the same with PyTorch's CUDA libraries (6 GB)
#   nginx  the shipped nginx file with static files

FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/easel/app

# Packages, in stages of their own, so that a change of the code installs nothing anew.
FROM base AS packages-cuda
COPY requirements.txt ./
RUN python -m venv .venv && .venv/bin/pip install --requirement requirements.txt

FROM base AS packages-cpu
COPY requirements.txt ./
# The same versions. PyTorch has an index of builds without CUDA, which pip prefers where it is named here.
ARG PIP_EXTRA_INDEX_URL
RUN python -m venv .venv && .venv/bin/pip install --requirement requirements.txt

# What both run on: a C compiler, with which the engine that is fastest on many processors is built where it runs.
FROM base AS runtime
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 easel \
    && useradd --uid 10001 --gid easel --no-create-home --home-dir /tmp --shell /usr/sbin/nologin easel \
    && install --directory --owner=easel --group=easel --mode=750 /var/lib/easel
ENV EASEL_DATA_DIR=/var/lib/easel \
    HOST=0.0.0.0 \
    PORT=8000 \
    MPLCONFIGDIR=/tmp/matplotlib
COPY manage.py Procfile LICENSE ./
COPY bin ./bin
COPY docs ./docs
COPY static ./static
COPY templates ./templates
COPY mlcore ./mlcore
COPY stylizer ./stylizer
COPY gallery ./gallery
COPY accounts ./accounts
COPY nstsite ./nstsite

FROM runtime AS cpu-whole
COPY --from=packages-cpu /opt/easel/app/.venv ./.venv
RUN EASEL_DATA_DIR=/tmp/build .venv/bin/python bin/prepare.py --static && rm -rf /tmp/build

FROM nginx:1.28-bookworm AS nginx
ENV NGINX_ENVSUBST_FILTER=^SITE_NAME$
COPY --from=cpu-whole /opt/easel/app/staticfiles /opt/easel/app/staticfiles
COPY deploy/nginx/easel.conf /etc/nginx/easel.conf
# The image fills in ${SITE_NAME}, and that alone, when it starts. nginx's user reads the media folder as a member of its group.
# hadolint ignore=SC2016
RUN sed -e 's/easel\.example\.org/${SITE_NAME}/g' \
        -e 's/server 127\.0\.0\.1:8000/server web:8000/' \
        -e 's#/etc/letsencrypt/live/${SITE_NAME}/#/run/secrets/#' \
        /etc/nginx/easel.conf > /etc/nginx/templates-easel.conf \
    && mkdir -p /etc/nginx/templates \
    && mv /etc/nginx/templates-easel.conf /etc/nginx/templates/default.conf.template \
    && rm /etc/nginx/easel.conf /etc/nginx/conf.d/default.conf \
    && groupadd --gid 10001 easel \
    && usermod --append --groups easel nginx

FROM runtime AS cuda
COPY --from=packages-cuda /opt/easel/app/.venv ./.venv
COPY --from=cpu-whole /opt/easel/app/staticfiles ./staticfiles
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001:10001
VOLUME /var/lib/easel
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD [".venv/bin/python", "bin/healthy.py"]
ENTRYPOINT [".venv/bin/python", "bin/start.py"]
CMD ["web"]

# Last, so that a build that names no target makes it.
FROM cpu-whole AS cpu
USER 10001:10001
VOLUME /var/lib/easel
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD [".venv/bin/python", "bin/healthy.py"]
ENTRYPOINT [".venv/bin/python", "bin/start.py"]
CMD ["web"]
