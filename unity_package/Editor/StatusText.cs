using System.Collections.Generic;
using UnityEngine;

namespace AvatarBridge.Editing
{
    /// <summary>What the receiver's inspector says, in lines of a name and a value.</summary>
    internal static class StatusText
    {
        public struct Line
        {
            public string Name, Value;

            public Line(string name, string value)
            {
                Name = name;
                Value = value;
            }
        }

        public static List<Line> Lines(StreamStatus status, string sender)
        {
            var lines = new List<Line> { new Line("State", State(status)), new Line("Sender", sender == "" ? "-" : sender) };
            if (status.Link == LinkState.Closed || status.Link == LinkState.Waiting) return lines;
            lines.Add(new Line("Frames", $"{status.FramesPerSecond:0.0} per second, {status.Frames} in all"));
            lines.Add(new Line("Latency", Latency(status)));
            lines.Add(new Line("Network", $"jitter {Milliseconds(status.Jitter)}, loss {status.Loss * 100:0.0} %"));
            lines.Add(new Line("Frames amiss", $"{status.LostFrames} lost, {status.PartialFrames} partial, {status.LateFrames} late"));
            lines.Add(new Line("Datagrams", $"{status.Datagrams}, of which {status.Malformed} malformed"));
            lines.Add(new Line("Performer", !status.Tracking ? "not seen" : status.Calibrated ? "seen, calibrated" : "seen"));
            return lines;
        }

        static string State(StreamStatus status)
        {
            switch (status.Link)
            {
                case LinkState.Closed: return "not listening";
                case LinkState.Waiting: return "listening, nothing received yet";
                case LinkState.Live: return "receiving";
                default: return $"lost for {status.SecondsSinceFrame:0.0} s";
            }
        }

        static string Latency(StreamStatus status) =>
            status.SenderLatency > 0
                ? $"{Milliseconds(status.Latency)} = sender {Milliseconds(status.SenderLatency)} + buffer {Milliseconds(status.BufferDelay)}"
                : $"buffer {Milliseconds(status.BufferDelay)} (the sender does not tell its own)";

        static string Milliseconds(float seconds) => $"{Mathf.RoundToInt(seconds * 1000)} ms";

        /// <summary>What is missing or wrong, as advice; empty when all is well.</summary>
        public static string Advice(StreamStatus status, string fault, int port)
        {
            if (fault != "") return fault;
            switch (status.Link)
            {
                case LinkState.Waiting:
                    return $"Start the sender and point it at this computer, UDP port {port}: avatar-bridge run --receiver unity --vmc 127.0.0.1:{port}. "
                        + "For a sender on another computer set Listen On to Network and allow Unity in the firewall.";
                case LinkState.Lost:
                    return "The sender has stopped, or its network has.";
                case LinkState.Live:
                    if (status.Datagrams > 0 && status.Malformed == status.Datagrams)
                        return "What arrives is no OSC. Is another program sending to this port?";
                    if (status.Frames > 0 && !status.Tracking) return "The sender does not see the performer.";
                    return status.Loss > 0.05f ? "The network loses data. Prefer a cable to wireless." : "";
                default:
                    return "";
            }
        }
    }
}
