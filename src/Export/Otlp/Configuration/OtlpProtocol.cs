// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Otlp.Configuration;

/// <summary>How spans travel to a collector: the values of OTEL_EXPORTER_OTLP_PROTOCOL that are supported.</summary>
public enum OtlpProtocol : byte
{
    /// <summary>"http/protobuf": a POST per batch, port 4318 by default.</summary>
    HttpProtobuf = 0,

    /// <summary>"grpc": TraceService.Export, port 4317 by default.</summary>
    Grpc = 1,
}
