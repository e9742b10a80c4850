// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.MySql;

/// <content>An exchange that waits for its proof; by which rule, the pairing part says.</content>
internal sealed partial class MySqlSession
{
    private PendingCommand? _heldCommand;
    private MySqlExchange? _held;
    private Outcome _heldOutcome;
    private SegmentTime? _heldNext; // the command behind the held one, sent when the held answer was there

    private void Hold(PendingCommand command)
    {
        RefuteHeld();
        _held = Build(command, ExchangeState.Done, CompletenessOf(command), withAnswer: true);
        _heldCommand = command;
        _heldOutcome = Outcome.Of(_answer);
        foreach (var next in _pending)
        {
            ResolveHeld(next); // it was read already
            break;
        }
    }

    /// <summary>The next command is there, and no client bytes in front of it were missed: decides on what is held.</summary>
    private void ResolveHeld(PendingCommand next)
    {
        if (_held is not { } held || _heldNext is not null)
        {
            return;
        }

        var isServer = _context.Connection.Role == EndpointRole.Server;
        var waited = isServer
            ? next.Request.First.Exit > held.Response.Last.Enter
            : next.Request.First.Enter > held.Response.Last.Exit;
        var surplus = _waiting is { } answer && !CanAnswer(next, answer);
        if (!waited || surplus || next.FollowsGap || _current is not null)
        {
            _waitsSeen = 0;
            RefuteHeld();
            return;
        }

        if (MayPipeline)
        {
            _heldNext = next.Request.Last;
        }
        else
        {
            ConfirmHeld();
        }
    }

    /// <summary>The server's next bytes are there, and none in front of them were missed: the other half of the proof.</summary>
    private void SettleHeld(SegmentTime answer)
    {
        if (_heldNext is not { } next)
        {
            return;
        }

        if (IsBefore(next, answer))
        {
            ConfirmHeld();
        }
        else
        {
            _waitsSeen = 0;
            RefuteHeld();
        }
    }

    /// <summary>Nothing more comes. That no other answer came says something only when the client has gone on.</summary>
    private void EndHeld()
    {
        if (_heldNext is not null && _waiting is null && _current is null)
        {
            ConfirmHeld();
        }

        RefuteHeld();
    }

    private void ConfirmHeld()
    {
        if (_held is not { } held)
        {
            return;
        }

        var command = _heldCommand!;
        _held = null;
        _heldCommand = null;
        _heldNext = null;
        _waitsSeen++;
        if (_lossSeen && MayPipeline && _waitsSeen <= WaitsToTrust)
        {
            held.Completeness = new Completeness(CompletenessKind.Resynced, held.Completeness.MissingBytes);
        }
        else
        {
            CountFromHere();
        }

        ApplyToFacts(command, _heldOutcome);
        Give(held, command.Epoch);
        Return(command);
    }

    // A pair is proven: from it on the n-th answer belongs to the n-th command again, up to the next gap.
    private void CountFromHere()
    {
        _unproven = _serverLost || _clientLost;
        foreach (var command in _pending)
        {
            _unproven |= command.FollowsGap;
            command.Unproven = _unproven;
        }
    }

    /// <summary>What is held may be another command's answer: the command goes out without it.</summary>
    private void RefuteHeld()
    {
        if (_held is null)
        {
            return;
        }

        var command = _heldCommand!;
        _held = null;
        _heldCommand = null;
        _heldNext = null;
        EmitUnanswered(command, ExchangeState.Lost);
    }
}
