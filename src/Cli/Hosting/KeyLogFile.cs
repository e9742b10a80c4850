// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Terminal;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.KeyLog;

namespace L7Trace.Cli.Hosting;

/// <summary>The key log: each line is handed to the kernel at once, so that who reads along has it before the traffic.</summary>
internal sealed class KeyLogFile : IKeyLog, IDisposable
{
    private readonly Stream _stream;
    private readonly Notes _notes;
    private readonly string _path;
    private readonly HashSet<uint> _processes = [];
    private long _lines;
    private Exception? _failure;

    private KeyLogFile(Stream stream, Notes notes, string path) => (_stream, _notes, _path) = (stream, notes, path);

    /// <summary>Opens it; throws <see cref="CliException"/> when it can't be written.</summary>
    public static KeyLogFile Begin(IRecordingTarget target, Notes notes, string path)
    {
        try
        {
            return new KeyLogFile(target.OpenNext(), notes, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failure, $"can't write '{path}': {exception.Message}");
        }
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<byte> line, uint processId)
    {
        if (_failure is not null)
        {
            return;
        }

        try
        {
            _stream.Write(line);
            _stream.Flush();
            _lines++;
            _processes.Add(processId);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _failure = exception;
        }
    }

    /// <inheritdoc/>
    public void Refuse(string path, string reason) => _notes.Error($"secrets of '{path}' can't be read: {reason}");

    /// <summary>Says what came of it; throws <see cref="CliException"/> when it is not whole.</summary>
    public void End()
    {
        if (_failure is { } failure)
        {
            throw new CliException(ExitCode.Failure, $"can't write '{_path}': {failure.Message}; what was written before is in it");
        }

        _notes.Say($"{_lines:#,0} {(_lines == 1 ? "secret" : "secrets")} of {_processes.Count:#,0} {(_processes.Count == 1 ? "process" : "processes")}");
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
