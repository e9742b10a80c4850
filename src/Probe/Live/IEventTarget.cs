// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Events;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Live;

/// <summary>Takes events in the order that <see cref="EventPump"/> promises.</summary>
internal interface IEventTarget
{
    /// <summary>A connection is first seen; comes before its data.</summary>
    void OnOpen(in L7OpenEvent value);

    /// <summary>Bytes of one call.</summary>
    void OnData(in DataRecord record);

    /// <summary>A connection is gone; comes after all data that stood in the ring when the close was read.</summary>
    void OnClose(in L7CloseEvent value);

    /// <summary>
    /// A TLS object is first seen, or bound to its connection: comes after that connection's open and before the data behind
    /// it, but not before the end of another object that was bound to it. Its end comes as a connection's does.
    /// </summary>
    void OnTls(in L7TlsEvent value);

    /// <summary>A secret of a TLS connection.</summary>
    void OnSecret(in L7SecretEvent value)
    {
    }

    /// <summary>A process in scope began, changed or ended.</summary>
    void OnProcess(in L7ProcessEvent value);

    /// <summary>
    /// A process ended or runs another program, and all data has come that stood in the ring when that was read: what it had
    /// of its own is no more.
    /// </summary>
    void OnProcessGone(in L7ProcessEvent value);
}
