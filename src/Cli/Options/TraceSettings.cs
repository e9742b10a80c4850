// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Http;
using L7Trace.Export;
using L7Trace.Export.Fields;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Protobuf;
using L7Trace.Export.Where;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.KeyLog;

namespace L7Trace.Cli.Options;

/// <summary>What the command line of a tracing verb says, checked and in units.</summary>
internal sealed record TraceSettings
{
    /// <summary>Smallest capture limit that still shows a request line.</summary>
    public const int MinCaptureLimit = 256;

    /// <summary>Largest capture limit that the kernel side takes.</summary>
    public const int MaxCaptureLimit = 256 * 1024;

    /// <summary>Capture limit when nothing is said.</summary>
    public const int DefaultCaptureLimit = 16 * 1024;

    /// <summary>Data ring when nothing is said.</summary>
    public const long DefaultRingBytes = 16 * 1024 * 1024;

    /// <summary>What is traced.</summary>
    public ScopeSettings Scope { get; init; } = new();

    /// <summary>How results are written.</summary>
    public OutputFormat Output { get; init; }

    /// <summary>When to stop, nanoseconds from the start; null for never.</summary>
    public long? For { get; init; }

    /// <summary>After how many shown exchanges to stop; null for never.</summary>
    public long? Count { get; init; }

    /// <summary>Protocols shown; empty for all.</summary>
    public IReadOnlyList<Protocol> Protocols { get; init; } = [];

    /// <summary>Routes that have a name of the user's, in their order.</summary>
    public IReadOnlyList<RoutePattern> Routes { get; init; } = [];

    /// <summary>Other routes of a host at most.</summary>
    public int MaxRoutes { get; init; } = RouteTable.DefaultRoutesPerHost;

    /// <summary>Only HTTP is shown.</summary>
    public bool IsHttpOnly => Protocols.Count > 0 && Protocols.All(static protocol => protocol is Protocol.Http1 or Protocol.Http2);

    /// <summary>Which end's view is shown.</summary>
    public SideChoice Side { get; init; }

    /// <summary>Faster exchanges are left out, nanoseconds; null for none.</summary>
    public long? MinLatency { get; init; }

    /// <summary>What must hold of an exchange; null for nothing.</summary>
    public WhereExpression? Where { get; init; }

    /// <summary>Where exchanges go as spans, besides the output; null for nowhere.</summary>
    public OtlpSettings? Otlp { get; init; }

    /// <summary>File that takes the results instead of the standard stream.</summary>
    public string? WriteTo { get; init; }

    /// <summary>Text as sent, not redacted.</summary>
    public bool ShowSecrets { get; init; }

    /// <summary>Each WebSocket message is shown.</summary>
    public bool WebSocketMessages { get; init; }

    /// <summary>What of captured text is withheld.</summary>
    public Redaction Redaction => ShowSecrets ? Redaction.Off : Redaction.Default;

    /// <summary>
    /// What the parsers keep: values bound to statements only when they may be shown, headers and bodies only where whole
    /// messages are written (<see cref="LimitsOfMessages"/>); headers for spans too, whose parents stand in them.
    /// </summary>
    public ParseLimits Limits => BodyLimit is { } limit
        ? LimitsOfMessages with { MaxBodyPrefix = limit }
        : LimitsOfMessages with { KeepHeaders = Otlp is not null, MaxBodyPrefix = 0 };

    /// <summary>The same for outputs that have headers and bodies.</summary>
    public ParseLimits LimitsOfMessages => ParseLimits.Default with
    {
        MaxParameterBytes = ShowSecrets ? ParseLimits.Default.MaxStatementText : 0,
        KeepsWebSocketMessages = WebSocketMessages,
        MaxMessagePrefix = ShowSecrets ? ParseLimits.Default.MaxMessagePrefix : 0,
    };

    /// <summary><c>follow</c>: bytes kept of each body, headers with them; null where the output has neither.</summary>
    public int? BodyLimit { get; init; }

    /// <summary><c>follow</c>: names and types of gRPC's messages; null for none.</summary>
    public ProtoSchema? Schema { get; init; }

    /// <summary>A new table of routes, for one thread.</summary>
    public RouteTable NewRouteTable() => new(MaxRoutes, patterns: Routes);

    /// <summary>Colours.</summary>
    public ColorChoice Color { get; init; }

    /// <summary>Errors only on stderr.</summary>
    public bool Quiet { get; init; }

    /// <summary>More on stderr.</summary>
    public bool Verbose { get; init; }

    /// <summary>Bytes kept from the beginning of one call.</summary>
    public int CaptureLimit { get; init; } = DefaultCaptureLimit;

    /// <summary>The same for HTTP/2, whose frames each tell where they end.</summary>
    public int FramedCaptureLimit { get; init; } = MaxCaptureLimit;

    /// <summary>Bytes of the data ring, a power of two.</summary>
    public long RingBytes { get; init; } = DefaultRingBytes;

    /// <summary>Memory that l7trace may take, bytes, the rings not counted; null for no limit.</summary>
    public long? MaxMemory { get; init; }

    /// <summary>Only exchanges that were read inside of TLS.</summary>
    public bool TlsOnly { get; init; }

    /// <summary>TLS libraries are looked into.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>Files that are looked into before tracing begins: those of a command that is about to be started.</summary>
    public IReadOnlyList<string> TlsFiles { get; init; } = [];

    /// <summary>Where in the kernel calls are seen; null for the best that it takes.</summary>
    public CaptureBackend? Backend { get; init; }

    /// <summary>Sockets are found by the walk of the task's files.</summary>
    public bool ForceFdWalk { get; init; }

    /// <summary>The user as whom l7trace itself goes on; null for the one who started it.</summary>
    public string? RunAs { get; init; }

    /// <summary><c>tls</c>: sees the segments; null for nobody.</summary>
    public ISegmentTap? Tap { get; init; }

    /// <summary><c>record</c>: where the recording goes; null for none.</summary>
    public IRecordingTarget? Recording { get; init; }

    /// <summary><c>record</c>: TLS connections are recorded as ciphertext, with their secrets.</summary>
    public bool WithKeys { get; init; }

    /// <summary><c>record</c>: bytes after which a new file begins; null for never.</summary>
    public long? RotateBytes { get; init; }

    /// <summary><c>record</c>: nanoseconds after which a new file begins; null for never.</summary>
    public long? RotateTime { get; init; }

    /// <summary><c>record</c>: the folder in which new files begin later; empty for none.</summary>
    public IReadOnlyList<string> RotatesIn { get; init; } = [];

    /// <summary><c>keylog</c>: takes the secrets; then nothing else is traced. Null for none.</summary>
    public IKeyLog? KeyLog { get; init; }

    /// <summary>Containers of processes; null where they are not of this machine.</summary>
    public Func<uint, ContainerFacts?>? ContainerOf { get; init; }

    /// <summary><c>watch</c>: a program steers it by standard input.</summary>
    public bool Control { get; init; }

    /// <summary><c>run</c>: the user who runs the command; null for the default.</summary>
    public string? User { get; init; }

    /// <summary><c>run</c>: the command and its arguments.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];
}
