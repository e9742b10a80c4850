// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Parsers.Model;
using L7Trace.Probe;

namespace L7Trace.Cli.Options;

/// <summary>The options that tracing verbs share. One instance belongs to one verb.</summary>
internal sealed class TraceOptions
{
    private const long SmallestRing = 64 * 1024;
    private const long LargestRing = 1024L * 1024 * 1024;
    private const long SmallestMemory = 32 * 1024 * 1024;
    private const long LargestMemory = 1024L * 1024 * 1024 * 1024;

    private readonly Option<OutputFormat> _output;

    private readonly Option<long?> _for = new("--for")
    {
        Description = "stop after this time: 30s, 5m",
        HelpName = "TIME",
        CustomParser = OptionParsers.Duration,
    };

    private readonly Option<long?> _count = new("--count")
    {
        Description = "stop after this many exchanges were shown",
        HelpName = "N",
        CustomParser = OptionParsers.Count,
    };

    private readonly Option<Protocol[]> _protocol = new("--protocol")
    {
        Description = "only these: mysql, http, http1, http2, websocket",
        HelpName = "NAME[,NAME]",
        CustomParser = OptionParsers.Protocols,
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<SideChoice> _side = new("--side")
    {
        Description = "auto, client, server or both (auto: an exchange whose two ends are traced shows once, as the " +
            "client saw it, with the server's duration)",
        HelpName = "SIDE",
        CustomParser = static result => OptionParsers.Choice(result, ("auto", SideChoice.Auto),
            ("client", SideChoice.Client), ("server", SideChoice.Server), ("both", SideChoice.Both)),
    };

    private readonly Option<long?> _minLatency = new("--min-latency")
    {
        Description = "leave out what was faster: 500us, 100ms, 2s",
        HelpName = "TIME",
        CustomParser = OptionParsers.Duration,
    };

    private readonly WhereOption _where = new();

    private readonly Option<string?> _write = new("--write", "-w")
    {
        Description = "write results to this file (mode 0600) instead; - is standard output",
        HelpName = "FILE",
    };

    private readonly Option<bool> _showSecrets = new("--show-secrets")
    {
        Description = "show text as sent: literals, error messages, credentials in queries. Default: redacted",
    };

    private readonly Option<bool> _wsMessages = new("--ws-messages")
    {
        Description = "also show each WebSocket message, not only each connection with its totals",
    };

    private readonly Option<ColorChoice> _color = Color();

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "only errors on stderr" };

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "more about the capture on stderr" };

    private readonly Option<long?> _captureLimit = new("--capture-limit")
    {
        Description = "bytes kept from the beginning of each call, 256 to 256KiB; default 16KiB, for HTTP/2 256KiB",
        HelpName = "SIZE",
        CustomParser = static result =>
            OptionParsers.Size(result, TraceSettings.MinCaptureLimit, TraceSettings.MaxCaptureLimit),
    };

    private readonly Option<long?> _ringSize = new("--ring-size")
    {
        Description = "buffer between kernel and l7trace, 64KiB to 1GiB; default 16MiB; raise it when records are lost",
        HelpName = "SIZE",
        CustomParser = static result => OptionParsers.Size(result, SmallestRing, LargestRing),
    };

    private readonly Option<long?> _maxMemory = new("--max-memory")
    {
        Description = "memory that l7trace itself may take, 32MiB to 1TiB, the buffer of --ring-size not counted; what has no room then is " +
            "given up and counted. Default: as much as is needed",
        HelpName = "SIZE",
        CustomParser = static result => OptionParsers.Size(result, SmallestMemory, LargestMemory),
    };

    private readonly Option<bool> _tlsOnly = new("--tls-only") { Description = "only what was read inside of TLS" };

    private readonly Option<bool> _noTls = new("--no-tls")
    {
        Description = "do not look into TLS libraries: only what travels in the clear",
    };

    // In a struct, as the library takes no null from a parser of a nullable enum.
    private readonly Option<BackendChoice> _backend = new("--backend")
    {
        Description = "where in the kernel calls are seen: auto, fentry, kprobe or syscall (auto: the best that it takes)",
        HelpName = "NAME",
        CustomParser = static result => OptionParsers.Choice<BackendChoice>(result, [
            ("auto", default), .. Enum.GetValues<CaptureBackend>().Select(static backend => (backend.Name(), new BackendChoice(backend)))]),
    };

    private readonly Option<bool> _fdWalk = new("--fd-walk")
    {
        Description = "find sockets by the walk of the task's files (the fallback), for tests",
        Hidden = true,
    };

    /// <summary>Makes them.</summary>
    /// <param name="format">A format that only this verb writes, with its word; null for none.</param>
    public TraceOptions((string Word, OutputFormat Format)? format = null)
    {
        _output = new Option<OutputFormat>("--output", "-o")
        {
            Description = $"auto, table, plain, jsonl{(format is { } own ? ", " + own.Word : "")} or none " +
                "(auto: table on a terminal, plain otherwise)",
            HelpName = "FORMAT",
            CustomParser = result => OptionParsers.Choice(result, [
                ("auto", OutputFormat.Auto), ("table", OutputFormat.Table), ("plain", OutputFormat.Plain),
                ("jsonl", OutputFormat.JsonLines), .. format is { } more ? [more] : Array.Empty<(string, OutputFormat)>(),
                ("none", OutputFormat.None)]),
        };
    }

    /// <summary>The option for colours.</summary>
    public static Option<ColorChoice> Color() => new("--color")
    {
        Description = "auto, always or never (auto: on a terminal; NO_COLOR and FORCE_COLOR are heeded)",
        HelpName = "WHEN",
        CustomParser = static result => OptionParsers.Choice(result, ("auto", ColorChoice.Auto),
            ("always", ColorChoice.Always), ("never", ColorChoice.Never)),
    };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)
            [_output, _for, _count, _protocol, _side, _minLatency, _wsMessages, _write, _showSecrets, _color, _quiet, _verbose,
                _tlsOnly, _noTls, _captureLimit, _ringSize, _maxMemory, _backend, _fdWalk])
        {
            command.Add(option);
        }

        _where.AddTo(command);
    }

    /// <summary>Adds those that are about the capture itself, for a verb whose results are no exchanges.</summary>
    public void AddCaptureTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)
            [_for, _output, _showSecrets, _color, _quiet, _verbose, _tlsOnly, _noTls, _captureLimit, _ringSize, _maxMemory, _backend, _fdWalk])
        {
            command.Add(option);
        }
    }

    /// <summary>Adds those of <c>check</c>, whose result is a verdict.</summary>
    public void AddCheckTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[_protocol, _side, _write, _quiet, _verbose, _noTls, _captureLimit, _ringSize, _maxMemory, _backend, _fdWalk])
        {
            command.Add(option);
        }

        _where.AddTo(command);
    }

    /// <summary>Adds those of a verb that shows plaintext.</summary>
    public void AddPlaintextTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[_for, _output, _showSecrets, _quiet, _verbose, _captureLimit, _ringSize, _maxMemory, _backend, _fdWalk])
        {
            command.Add(option);
        }
    }

    /// <summary>Adds those of a verb that has one format only.</summary>
    public void AddWithoutFormatTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)
            [_for, _count, _protocol, _side, _minLatency, _write, _showSecrets, _quiet, _verbose, _captureLimit, _ringSize, _maxMemory, _backend, _fdWalk])
        {
            command.Add(option);
        }

        _where.AddTo(command);
    }

    /// <summary>Adds those that are about what is written, for a verb that only converts.</summary>
    public void AddExportTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[_for, _count, _protocol, _minLatency, _wsMessages, _write, _showSecrets, _quiet, _verbose])
        {
            command.Add(option);
        }

        _where.AddTo(command);
    }

    /// <summary>What was said, without scope and what is a verb's own.</summary>
    public TraceSettings Read(ParseResult result) => new()
    {
        Output = result.GetValue(_output),
        For = result.GetValue(_for),
        Count = result.GetValue(_count),
        Protocols = result.GetValue(_protocol) ?? [],
        Side = result.GetValue(_side),
        MinLatency = result.GetValue(_minLatency),
        Where = _where.Read(result, result.GetValue(_showSecrets)),
        WriteTo = result.GetValue(_write),
        ShowSecrets = result.GetValue(_showSecrets),
        WebSocketMessages = result.GetValue(_wsMessages),
        Color = result.GetValue(_color),
        Quiet = result.GetValue(_quiet),
        Verbose = result.GetValue(_verbose),
        CaptureLimit = (int)(result.GetValue(_captureLimit) ?? TraceSettings.DefaultCaptureLimit),
        FramedCaptureLimit = (int)(result.GetValue(_captureLimit) ?? TraceSettings.MaxCaptureLimit),
        RingBytes = ByteSizes.RoundUpToPowerOfTwo(result.GetValue(_ringSize) ?? TraceSettings.DefaultRingBytes),
        MaxMemory = result.GetValue(_maxMemory),
        TlsOnly = result.GetValue(_tlsOnly),
        Tls = !result.GetValue(_noTls),
        Backend = result.GetValue(_backend).Backend,
        ForceFdWalk = result.GetValue(_fdWalk),
    };

    private readonly record struct BackendChoice(CaptureBackend? Backend);
}
