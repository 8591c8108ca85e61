# The project with its locked dependencies, for compose's one-shot services and for `bullion` in a
# container. Whoever runs it brings the server by PG* variables.
ARG PYTHON_IMAGE=python:3.12.12-slim
FROM ${PYTHON_IMAGE}

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONUNBUFFERED=1 \
    BULLION_HOME=/var/lib/bullion

WORKDIR /opt/bullion
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt

COPY . .
RUN pip install --no-deps --no-build-isolation --no-index -e . \
    && useradd --system --home-dir /var/lib/bullion --create-home bullion \
    && chown -R bullion /opt/bullion

USER bullion
HEALTHCHECK --interval=30s --timeout=10s CMD ["bullion", "status"]
CMD ["bullion", "--help"]
