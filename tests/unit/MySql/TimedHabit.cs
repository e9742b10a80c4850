// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.UnitTests.MySql;

/// <summary>How the client of a <see cref="TimedTalk"/> sends.</summary>
internal enum TimedHabit
{
    Waits,
    SendsBurstsInOneCall,
    SendsBurstsInCallsOfTheirOwn,
    WaitsAndThenBursts,
    KeepsTwoInFlight,
}
