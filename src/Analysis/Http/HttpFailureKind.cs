// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Http;

/// <summary>Ways in which an HTTP exchange fails. Each failed one is of one kind: the first of these that fits.</summary>
public enum HttpFailureKind
{
    /// <summary>gRPC's status is another than OK.</summary>
    Grpc,

    /// <summary>The stream was ended by RST_STREAM or GOAWAY.</summary>
    Reset,

    /// <summary>Status 500 to 599.</summary>
    Server,

    /// <summary>Status 400 to 499.</summary>
    Client,

    /// <summary>The connection ended before the response did.</summary>
    Closed,
}
