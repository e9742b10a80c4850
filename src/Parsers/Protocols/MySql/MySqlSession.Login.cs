// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <content>The connection phase: greeting, login, TLS and compression. Authentication bytes are passed over.</content>
internal sealed partial class MySqlSession
{
    private const int LoginKeep = 4096;

    private bool _awaitsGreeting;
    private bool _awaitsLogin;

    /// <inheritdoc/>
    public bool TryContinueInTls(SegmentSource source)
    {
        if (!IsTls)
        {
            return false;
        }

        // The greeting's facts hold. What was lost before does not matter any more: nothing of it can be answered here.
        IsTls = _silent = false;
        _isPlaintextOfTls = true;
        _client.Reset();
        _server.Reset();
        _clientPart = ClientPart.None;
        _serverPart = ServerPart.None;
        _awaitsLogin = true;
        _awaitsGreeting = _clientLost = _serverLost = _unproven = _lossSeen = _gapBeforeNext = false;
        _straySequence = null;
        _dropped = _waiting = null;
        return true;
    }

    /// <summary>The client's first payload: the request of the exchange that is the login.</summary>
    private bool ReadLogin(ReadOnlySpan<byte> prefix, ulong callStart)
    {
        if (!HandshakeResponsePayload.TryRead(prefix, out var login))
        {
            return false;
        }

        _awaitsLogin = false;
        if (login.IsSslRequest)
        {
            IsTls = true;
            GoSilent();
            return true;
        }

        _facts.SetClient(login.Capabilities);
        _facts.User = login.User;
        _facts.ClientAttributes = login.Attributes;
        _facts.CompressionLevel = login.CompressionLevel;
        _facts.Schema = login.Schema;
        var command = Rent();
        command.Command = MySqlCommand.Connect;
        command.Answer = AnswerKind.Login;
        command.User = login.User;
        command.Argument = login.Schema;
        command.AuthPlugin = login.AuthPlugin;
        Enqueue(command, callStart);
        if (_facts.IsProtocol9)
        {
            GoSilent(); // its answers have other shapes, and no server that sends them is left to check them against
        }

        return true;
    }

    /// <summary>The server's first payload. False when it is neither a greeting nor a refusal.</summary>
    private bool ReadGreeting(ReadOnlySpan<byte> prefix)
    {
        _awaitsGreeting = false;
        if (GreetingPayload.TryRead(prefix, out var greeting))
        {
            _facts.SetServer(greeting);
            return true;
        }

        if (!ErrPayload.TryRead(prefix, Limits.MaxErrorMessage, out _))
        {
            return false;
        }

        // "Too many connections", "Host is blocked": an answer to the connect itself, with no request.
        var refused = Rent();
        refused.Command = MySqlCommand.Connect;
        refused.Answer = AnswerKind.Login;
        _answer.Begin(AnswerKind.Login, null);
        _ = _answer.Accept(_server.FirstByte, prefix, _server.PayloadLength, _server.MissingBytes);
        _answerPacketBytes += _server.WireLength;
        _awaitsLogin = false;
        Emit(refused, ExchangeState.Done, CompletenessOf(refused));
        return true;
    }

    private void EndLogin()
    {
        if (_answer.Summary.Error is null && _facts.Compression is not null && _serverUnits is null)
        {
            BeginCompression(isGuessed: !_facts.IsServerKnown);
        }
    }
}
