// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace L7Trace.Testing.Helper;

/// <summary>
/// A running <c>l7trace watch --control</c>: records on its standard output, marks by its standard input (docs/json.md). It ends when
/// its input does, so that it never outlives the test's process, however that ends.
/// </summary>
internal sealed class HelperProcess : IAsyncDisposable
{
    private const int MaxNotes = 200;

    private readonly Process _process;
    private readonly Action<JsonElement> _record;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<MarkRecord>> _marks = [];
    private readonly ConcurrentQueue<string> _notes = [];
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _reading;
    private readonly Task _readingNotes;
    private int _next;
    private volatile string? _ended;

    private HelperProcess(Process process, Action<JsonElement> record)
    {
        _process = process;
        _record = record;
        _reading = Task.Run(ReadAsync);
        _readingNotes = Task.Run(ReadNotesAsync);
    }

    /// <summary>Its process id; under sudo that of sudo.</summary>
    public int ProcessId => _process.Id;

    /// <summary>What it said on standard error, the newest lines.</summary>
    public string Notes => string.Join('\n', _notes);

    /// <summary>Starts it. Records are given to <paramref name="record"/> one at a time, on a thread of the pool.</summary>
    /// <exception cref="L7TraceException">It can't be started.</exception>
    public static HelperProcess Start(ProcessStartInfo info, Action<JsonElement> record)
    {
        try
        {
            return new HelperProcess(Process.Start(info)!, record);
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            throw new L7TraceException($"can't start {info.FileName}: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Returns when everything that happened before the call has been given to the records' receiver; what runs is waited for,
    /// <paramref name="patience"/> at most.
    /// </summary>
    /// <exception cref="L7TraceException">The tracer has ended, or does not answer in time.</exception>
    public async Task<MarkRecord> MarkAsync(TimeSpan patience, TimeSpan timeout, CancellationToken cancellation)
    {
        var id = Interlocked.Increment(ref _next).ToString(CultureInfo.InvariantCulture);
        var answer = new TaskCompletionSource<MarkRecord>(TaskCreationOptions.RunContinuationsAsynchronously);
        _marks[id] = answer;
        try
        {
            if (_ended is { } reason)
            {
                throw new L7TraceException(reason);
            }

            await WriteAsync(string.Create(CultureInfo.InvariantCulture, $"mark {id} {(long)patience.TotalMilliseconds}\n"), cancellation).ConfigureAwait(false);
            return await answer.Task.WaitAsync(patience + timeout, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new L7TraceException($"l7trace did not answer in {timeout.TotalSeconds:0} s\n{Notes}");
        }
        finally
        {
            _marks.TryRemove(id, out _);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended, and with it what was to be written.
        }

        try
        {
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);
            await Task.WhenAll(_reading, _readingNotes).WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Kill();
        }

        _process.Dispose();
        _writing.Dispose();
    }

    private async Task WriteAsync(string line, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await _process.StandardInput.WriteAsync(line.AsMemory(), cancellation).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has ended: the reader says why, and gives the mark its answer.
        }
        finally
        {
            _writing.Release();
        }
    }

    private void Kill()
    {
        try
        {
            _process.Kill(); // under sudo it is sudo that dies; the tracer's input has ended, and it follows
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended, or is another user's.
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            using var reader = new StreamReader(_process.StandardOutput.BaseStream, new UTF8Encoding(false));
            while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                using var document = JsonDocument.Parse(line);
                Take(document.RootElement);
            }
        }
#pragma warning disable CA1031 // whatever it is: marks must not wait for a reader that is gone
        catch (Exception exception)
        {
            _notes.Enqueue($"(a record could not be read: {exception.Message})");
        }
#pragma warning restore CA1031

        await Task.WhenAny(_readingNotes, Task.Delay(TimeSpan.FromSeconds(5))).ConfigureAwait(false);
        _ended = $"l7trace has ended{(Notes.Length > 0 ? ":\n" + Notes : "")}";
        foreach (var mark in _marks.Values)
        {
            mark.TrySetException(new L7TraceException(_ended));
        }
    }

    private void Take(JsonElement record)
    {
        if (record.GetProperty("type").GetString() == "mark")
        {
            var losses = record.EnumerateObject().Where(static x => x.Name.StartsWith("loss.", StringComparison.Ordinal))
                .ToDictionary(static x => x.Name, static x => x.Value.GetInt64());
            if (_marks.TryGetValue(record.GetProperty("id").GetString()!, out var waiting))
            {
                waiting.TrySetResult(new MarkRecord(
                    RecordReader.Time(record.GetProperty("time").GetString()!), record.GetProperty("monotonic_ns").GetInt64(), losses));
            }
        }
        else
        {
            _record(record);
        }
    }

    private async Task ReadNotesAsync()
    {
        try
        {
            while (await _process.StandardError.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                _notes.Enqueue(line);
                while (_notes.Count > MaxNotes)
                {
                    _notes.TryDequeue(out _);
                }
            }
        }
        catch (IOException)
        {
            // It has ended.
        }
    }
}
