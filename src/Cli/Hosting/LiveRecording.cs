// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Export;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.KeyLog;

namespace L7Trace.Cli.Hosting;

/// <summary>The recording beside a trace: begins before the capture does, ends after it.</summary>
internal sealed class LiveRecording : IKeyLog, IDisposable
{
    private const long LossInterval = 1_000_000_000;

    private readonly SegmentRecorder _recorder;
    private readonly IRecordingTarget _target;
    private readonly Notes _notes;
    private LossCounts _recordedLosses = new();
    private long _nextLossRead;

    private LiveRecording(SegmentRecorder recorder, IRecordingTarget target, Notes notes) =>
        (_recorder, _target, _notes) = (recorder, target, notes);

    /// <summary>Opens the file; null when none is asked for. Throws <see cref="CliException"/> when it can't.</summary>
    public static LiveRecording? Begin(
        TraceSettings settings,
        Notes notes,
        Func<ConnectionInfo, Protocol, uint, bool>? wanted = null,
        Func<IPAddress, IReadOnlyList<string>>? namesOf = null)
    {
        if (settings.Recording is not { } target)
        {
            return null;
        }

        try
        {
            var recorder = new SegmentRecorder(target, new RecorderOptions
            {
                Version = Commands.VersionAction.Text,
                RotateBytes = settings.RotateBytes,
                RotateTime = settings.RotateTime,
                Wanted = wanted,
                NamesOf = namesOf,
                WithKeys = settings.WithKeys,
            });
            return new LiveRecording(recorder, target, notes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failure, $"can't write {NameOf(target)}: {exception.Message}");
        }
    }

    /// <summary>Adds what found no room in the recorder.</summary>
    public void AddLosses(LossCounts losses)
    {
        losses[LossCause.RecorderConnections] += (ulong)_recorder.Refused;
        losses[LossCause.RecorderCalls] += (ulong)_recorder.Emptied;
    }

    /// <summary>Runs the capture with what it is to use for tick, stop and tap; ends it when the recording can't go on.</summary>
    public void Run(
        Action<Action<long>, CancellationToken, ISegmentTap> capture,
        Action<long> tick,
        Func<LossCounts> readLosses,
        CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        capture(
            now =>
            {
                _recorder.Tick(now);
                if (now >= _nextLossRead)
                {
                    _nextLossRead = now + LossInterval;
                    Record(now, readLosses());
                }

                if (_recorder.Failure is not null)
                {
                    ended.Cancel();
                }

                tick(now);
            },
            ended.Token,
            _recorder);
    }

    /// <summary>Ends the file and says what is in it; throws <see cref="CliException"/> when it is not whole.</summary>
    public void End(long now, LossCounts losses)
    {
        Record(now, losses);
        _recorder.Finish(now);
        if (_recorder.Failure is { } failure)
        {
            throw new CliException(
                ExitCode.Failure, $"can't write {NameOf(_target)}: {failure.Message}; what was written before is in it");
        }

        var files = _recorder.Files == 1 ? NameOf(_target) : $"{_recorder.Files} files, the last {NameOf(_target)}";
        _notes.Say($"recorded {_recorder.Packets:#,0} packets, {Units.Bytes(_recorder.Bytes)}, to {files}");
        if (_recorder.WantsCiphertext)
        {
            _notes.Say($"secrets are in it of {_recorder.Decryptable:#,0} of {_recorder.Encrypted:#,0} TLS connections");
        }

        if (_recorder.Withheld > 0)
        {
            _notes.Say($"not recorded: the payload of {_recorder.Withheld:#,0} connections that are neither MySQL nor HTTP");
        }
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<byte> line, uint processId) => _recorder.AddSecret(line);

    /// <inheritdoc/>
    public void Refuse(string path, string reason) =>
        _notes.Error($"secrets of '{path}' can't be read: {reason}; its TLS connections are recorded without");

    /// <inheritdoc/>
    public void Dispose() => _recorder.Dispose();

    private void Record(long now, LossCounts losses)
    {
        var grown = losses.Since(_recordedLosses);
        _recordedLosses = losses;
        _recorder.AddLosses(now, RecordedLosses.ToRecord(grown), RecordedLosses.MissingCalls(grown));
    }

    private static string NameOf(IRecordingTarget target) =>
        target is RecordingFiles files ? $"'{files.Current}'" : "standard output";
}
