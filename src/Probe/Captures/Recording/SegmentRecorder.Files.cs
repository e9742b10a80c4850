// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Captures.Files;

namespace L7Trace.Probe.Captures.Recording;

/// <content>The files: when one begins, is handed over, ends, and what happens when it can't be written.</content>
public sealed partial class SegmentRecorder
{
    private Stream? _stream;
    private long _fileStart;
    private long _flushed;
    private long _now;
    private bool _isFull; // the next call begins a file

    /// <summary>
    /// To be called every few milliseconds between two calls of the engine: hands over what is due. When it is time for
    /// a new file, that begins with the next call, so that no file is without one.
    /// </summary>
    /// <param name="now">Nanoseconds since the Unix epoch.</param>
    public void Tick(long now)
    {
        _now = now;
        if (_fileStart == 0)
        {
            _fileStart = _flushed = now;
        }

        if (_writer is null)
        {
            return;
        }

        EndLongWaits(now);
        if (_writer is null)
        {
            return;
        }

        _isFull = _writer.Length >= _options.RotateBytes || now - _fileStart >= _options.RotateTime;
        try
        {
            if (now - _flushed >= _options.FlushInterval)
            {
                _writer.Flush();
                _stream!.Flush();
                _flushed = now;
            }
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            Fail(e);
        }
    }

    /// <summary>
    /// Keeps what was lost since the last such call in the current file, each time as a line of its own: so the files of
    /// a recording have their parts of it, and one that ends early has what came before. Between two calls of the engine.
    /// </summary>
    /// <param name="now">Nanoseconds since the Unix epoch.</param>
    /// <param name="grown">What was lost, by reason.</param>
    /// <param name="calls">How many calls of that are missing as a whole: what other programs call dropped packets.</param>
    public void AddLosses(long now, IReadOnlyList<RecordedLoss> grown, ulong calls)
    {
        ArgumentNullException.ThrowIfNull(grown);
        if (_writer is null || grown.Count == 0)
        {
            return;
        }

        try
        {
            _flowWriter.WriteLosses(now, grown, calls);
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            Fail(e);
        }
    }

    /// <summary>The trace is over: connections that go on get their facts, and the file its end.</summary>
    /// <param name="now">Nanoseconds since the Unix epoch.</param>
    public void Finish(long now)
    {
        if (_writer is null)
        {
            return;
        }

        StopWaitingWhere(static _ => true);
        try
        {
            foreach (var flow in _flows.Values)
            {
                if (!flow.IsWritten && !flow.HasPackets && Choose(flow, FirstCaller(flow)))
                {
                    _flowWriter.WriteConnection(flow, withPackets: false);
                }
            }

            EndFile(now, isLast: true);
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            Fail(e);
        }
    }

    /// <summary>Closes the file as it is; what <see cref="Finish"/> would have added is missing then.</summary>
    public void Dispose()
    {
        try
        {
            _writer?.Flush();
            _stream?.Dispose();
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            Failure ??= e;
        }

        (_writer, _stream) = (null, null);
    }

    private void BeginFile()
    {
        _stream = _target.OpenNext();
        _writer = new PcapngWriter(_stream);
        Files++;
        foreach (var flow in _flows.Values)
        {
            flow.BeginFile();
        }

        _flowWriter.Begin(_writer, _options);
        _writer.Flush();
    }

    private void BeginFileIfFull()
    {
        if (_isFull)
        {
            _isFull = false;
            EndFile(_now, isLast: false);
            BeginFile();
            _fileStart = _flushed = _now;
        }
    }

    private void EndFile(long now, bool isLast)
    {
        _flowWriter.End(_fileStart == 0 ? now : _fileStart, now, isLast);
        Packets += _flowWriter.Packets;
        Bytes += _writer!.Length;
        _writer.Flush();
        _stream!.Flush();
        _stream.Dispose();
        (_writer, _stream) = (null, null);
    }

    private void Fail(Exception exception)
    {
        Failure ??= exception;
        var stream = _stream;
        (_writer, _stream) = (null, null);
        try
        {
            stream?.Dispose();
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            // The first failure says it all.
        }
    }
}
