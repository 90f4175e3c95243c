using System.Linq;
using AvatarBridge.Editing;
using NUnit.Framework;

namespace AvatarBridge.Tests
{
    public sealed class StatusTextTests
    {
        static string Value(StreamStatus status, string name) =>
            StatusText.Lines(status, "127.0.0.1:50000").First(line => line.Name == name).Value;

        static StreamStatus Live() => new StreamStatus
        {
            Link = LinkState.Live, FramesPerSecond = 30, Frames = 900, Datagrams = 4500, Tracking = true,
            Calibrated = true, BufferDelay = 0.04f, SenderLatency = 0.055f, Jitter = 0.004f, Loss = 0.012f,
        };

        [Test]
        public void ALiveStreamIsDescribed()
        {
            Assert.That(Value(Live(), "State"), Is.EqualTo("receiving"));
            Assert.That(Value(Live(), "Sender"), Is.EqualTo("127.0.0.1:50000"));
            StringAssert.StartsWith("30", Value(Live(), "Frames"));
            StringAssert.StartsWith("95 ms", Value(Live(), "Latency"));
            StringAssert.Contains("loss 1", Value(Live(), "Network"));
            Assert.That(StatusText.Advice(Live(), "", 39539), Is.EqualTo(""));
        }

        [Test]
        public void EachTroubleGetsItsAdvice()
        {
            StringAssert.Contains("39539", StatusText.Advice(new StreamStatus { Link = LinkState.Waiting }, "", 39539));
            StringAssert.Contains("stopped", StatusText.Advice(new StreamStatus { Link = LinkState.Lost }, "", 39539));
            StringAssert.Contains("in use", StatusText.Advice(default(StreamStatus), "port in use", 39539));
            var lossy = Live();
            lossy.Loss = 0.2f;
            StringAssert.Contains("loses data", StatusText.Advice(lossy, "", 39539));
            var blind = Live();
            blind.Tracking = false;
            StringAssert.Contains("does not see", StatusText.Advice(blind, "", 39539));
            var garbage = new StreamStatus { Link = LinkState.Live, Datagrams = 7, Malformed = 7 };
            StringAssert.Contains("no OSC", StatusText.Advice(garbage, "", 39539));
        }
    }
}
