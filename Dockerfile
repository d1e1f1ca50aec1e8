# datadoctor for machines without a GPU.
#   docker build -t datadoctor .
#   docker run --rm --user "$(id -u)" --volume "$PWD:/data" datadoctor audit photos/
FROM python:3.12-slim
RUN --mount=type=bind,source=.,target=/src \
    pip install --no-cache-dir uv \
    && uv pip install --system --no-cache --torch-backend cpu --overrides /src/requirements/cpu.txt /src \
    && pip uninstall --yes uv
# Whoever the container runs as can write there.
ENV XDG_CACHE_HOME=/tmp/cache
WORKDIR /data
ENTRYPOINT ["datadoctor"]
