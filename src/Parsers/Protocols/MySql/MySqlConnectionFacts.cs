// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>What was learnt about one connection and holds until the bytes say otherwise.</summary>
internal sealed class MySqlConnectionFacts(ParseLimits limits)
{
    private MySqlCapabilities? _client;
    private MySqlCapabilities? _server;
    private MySqlSessionFacts? _shared; // null once one of them has changed

    /// <summary>Flags that both sides have; null when the client's were not seen.</summary>
    public MySqlCapabilities? Capabilities => _client & (_server ?? _client);

    /// <summary>The greeting was seen.</summary>
    public bool IsServerKnown => _server is not null;

    /// <summary>The greeting was one of protocol 9: what follows the login is read by nobody.</summary>
    public bool IsProtocol9 { get; private set; }

    public string? ServerVersion { get; private set; }

    public bool? IsMariaDb { get; private set; }

    public uint? ServerConnectionId { get; private set; }

    public string? User
    {
        get;
        set
        {
            field = value;
            _shared = null;
        }
    }

    /// <summary>What the client told of itself in its login; empty when that was not seen.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ClientAttributes
    {
        get;
        set
        {
            field = value;
            _shared = null;
        }
    } = [];

    /// <summary>Level of zstd compression that the client asked for.</summary>
    public byte? CompressionLevel
    {
        get;
        set
        {
            field = value;
            _shared = null;
        }
    }

    public string? Schema
    {
        get;
        set
        {
            _shared = field == value ? _shared : null; // told anew by many answers
            field = value;
        }
    }

    /// <summary>Statement prepared last, by the order of the answers.</summary>
    public uint? LastPreparedId { get; set; }

    public string? LastPreparedText { get; set; }

    public long LastPreparedMissing { get; set; }

    public PreparedStatementCache Prepared { get; } = new(limits);

    /// <summary>Name of the compression that was negotiated; null when none was or that is not known.</summary>
    public string? Compression => Capabilities switch
    {
        { } flags when (flags & MySqlCapabilities.Compress) != 0 => "zlib",
        { } flags when (flags & MySqlCapabilities.ZstdCompression) != 0 => "zstd",
        _ => null,
    };

    /// <summary>What exchanges say of the session as it is now; the same object as long as nothing of it changes.</summary>
    public MySqlSessionFacts Shared(string? compression)
    {
        if (_shared is null || _shared.Compression != compression)
        {
            _shared = new MySqlSessionFacts
            {
                Schema = Schema,
                User = User,
                ServerConnectionId = ServerConnectionId,
                ServerVersion = ServerVersion,
                IsMariaDb = IsMariaDb,
                Compression = compression,
                CompressionLevel = CompressionLevel,
                ClientAttributes = ClientAttributes,
            };
        }

        return _shared;
    }

    public void SetServer(in Payloads.GreetingPayload greeting)
    {
        _server = greeting.Capabilities;
        IsProtocol9 = greeting.ProtocolVersion == Payloads.GreetingPayload.Version9;
        ServerVersion = greeting.ServerVersion;
        IsMariaDb = greeting.IsMariaDb;
        ServerConnectionId = greeting.ConnectionId;
        _shared = null;
    }

    public void SetClient(MySqlCapabilities capabilities) => _client = capabilities;

    /// <summary>Commands were missed: whatever a command can change is not known any more. (Ids are not given out twice.)</summary>
    public void ForgetSessionState()
    {
        Schema = null;
        User = null;
        ForgetLastPrepared();
    }

    public void ForgetLastPrepared()
    {
        LastPreparedId = null;
        LastPreparedText = null;
        LastPreparedMissing = 0;
    }
}
