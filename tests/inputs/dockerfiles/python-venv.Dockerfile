# Python with a virtual environment: made by root, filled by the app's user, chown -R at the end.
ARG PYTHON=3.12
FROM python:${PYTHON}-slim
ENV PYTHONUNBUFFERED=1 \
    VIRTUAL_ENV=/opt/venv \
    PATH=/opt/venv/bin:$PATH
RUN groupadd --system app && useradd --system --gid app --create-home app
RUN python -m venv "$VIRTUAL_ENV"
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
RUN chown -R app:app /opt/venv
USER app
WORKDIR /home/app
COPY . .
RUN pip install --user --no-deps .
USER root
RUN rm -rf /root/.cache
USER app
CMD ["python", "-m", "app"]
