using System;
using System.Collections.Generic;
using NUnit.Framework;

namespace AvatarBridge.Tests
{
    /// <summary>A bad network between sender and receiver, simulated with a fixed seed.</summary>
    public sealed class LineTests
    {
        const double Interval = 1 / 60.0;
        const double Display = 1 / 90.0;
        const double BetweenDatagrams = 0.0001;
        const int Frames = 600;
        // The fastest that a bone of VmcFrames turns: 0.6 rad amplitude, 2 rad/s, axis length 1.05.
        const double TrueDegreesPerSecond = 0.6 * 2 * 1.05 * 180 / Math.PI;

        struct Arrival
        {
            public double At;
            public byte[] Datagram;
        }

        static List<byte[]> Datagrams(float seconds, bool split) =>
            split ? VmcFrames.SplitBundles(seconds) : new List<byte[]> { VmcFrames.OneBundle(seconds) };

        static List<Arrival> Line(double trouble, double jitterSeconds, bool split, Random random)
        {
            var arrivals = new List<Arrival>();
            for (var i = 0; i < Frames; i++)
            {
                var sent = i * Interval;
                foreach (var datagram in Datagrams((float)(i * Interval), split))
                {
                    sent += BetweenDatagrams;
                    if (random.NextDouble() < trouble) continue;
                    var copies = random.NextDouble() < trouble ? 2 : 1;
                    for (var copy = 0; copy < copies; copy++)
                        arrivals.Add(new Arrival
                        {
                            At = sent + random.NextDouble() * jitterSeconds,
                            Datagram = datagram,
                        });
                }
            }
            arrivals.Sort((a, b) => a.At.CompareTo(b.At));
            return arrivals;
        }

        // trouble: the share of datagrams that is lost, and of the others that comes twice. The last
        // numbers: the turning speed, in units of the motion's own, that 99 % of steps and that all
        // keep to. Split frames name their time in one datagram of
        // five only, and the arrival of the others tells it as long as jitter is below the interval.
        [TestCase(0.00, 0.000, true, 1.1, 1.1)]
        [TestCase(0.01, 0.005, true, 1.1, 2.0)]
        [TestCase(0.05, 0.010, true, 1.2, 2.5)]
        [TestCase(0.10, 0.020, true, 2.0, 4.0)]
        [TestCase(0.30, 0.030, true, 2.6, 7.0)]
        [TestCase(0.05, 0.010, false, 1.2, 2.0)]
        [TestCase(0.30, 0.030, false, 1.2, 5.0)]
        public void LossDuplicatesReorderingAndJitterLeaveTheMotionSmooth(
            double trouble, double jitterSeconds, bool split, double usualSpeed, double topSpeed)
        {
            var stream = new LiveStream();
            var settings = new StreamSettings { Mode = BufferMode.Adaptive, Delay = 0.25f, Timeout = 1 };
            var arrivals = Line(trouble, jitterSeconds, split, new Random(7));
            var next = 0;
            var previous = new Quat[BoneTable.Count];
            var speeds = new List<double>();
            double squares = 0, worstError = 0, worstLatency = 0;
            var count = 0;
            var status = default(StreamStatus);

            for (var now = 0.0; now < Frames * Interval; now += Display)
            {
                for (; next < arrivals.Count && arrivals[next].At <= now; next++)
                    stream.Ingest(arrivals[next].Datagram, arrivals[next].Datagram.Length, arrivals[next].At);
                status = stream.Sample(now, settings);
                var settled = now > 2;
                for (var b = 0; b < BoneTable.Count; b++)
                {
                    var rotation = stream.Pose.Rotations[b];
                    if (settled)
                    {
                        speeds.Add(Quat.Angle(previous[b], rotation) / Display / TrueDegreesPerSecond);
                        double error = Quat.Angle(rotation, VmcFrames.RotationAt((BodyBone)b, stream.ShownTime));
                        squares += error * error;
                        worstError = Math.Max(worstError, error);
                        count++;
                    }
                    previous[b] = rotation;
                }
                if (settled) worstLatency = Math.Max(worstLatency, now - stream.ShownTime);
            }

            speeds.Sort();
            var usual = speeds[(int)(speeds.Count * 0.99)];
            var top = speeds[speeds.Count - 1];
            var rms = Math.Sqrt(squares / count);
            Console.WriteLine(
                $"line split={split} loss={trouble:0.00} jitter_ms={jitterSeconds * 1000:0} rms_deg={rms:0.000} " +
                $"worst_deg={worstError:0.00} speed_p99={usual:0.00} speed_max={top:0.00} " +
                $"latency_ms={worstLatency * 1000:0} loss_shown={status.Loss:0.000}");
            Assert.That(rms, Is.LessThan(0.2 + 2 * trouble));
            Assert.That(usual, Is.LessThan(usualSpeed));
            Assert.That(top, Is.LessThan(topSpeed));
            Assert.That(worstLatency, Is.LessThan(settings.Delay));
            Assert.That(status.Malformed, Is.EqualTo(0));
        }

        /// <summary>Frames that take their sender up to two intervals more, but stay in order and whole.</summary>
        [Test]
        public void AnUnevenSenderStaysSmooth()
        {
            var stream = new LiveStream();
            var settings = new StreamSettings { Mode = BufferMode.Adaptive, Delay = 0.25f, Timeout = 1 };
            var random = new Random(3);
            var now = 0.0;
            var previousSent = 0.0;
            double worst = 0;
            for (var i = 0; i < Frames; i++)
            {
                var sent = Math.Max(previousSent + 0.001, i * Interval + random.NextDouble() * 2 * Interval);
                previousSent = sent;
                for (; now < sent; now += Display)
                {
                    stream.Sample(now, settings);
                    if (now < 2) continue;
                    for (var b = 0; b < BoneTable.Count; b++)
                        worst = Math.Max(worst, Quat.Angle(
                            stream.Pose.Rotations[b], VmcFrames.RotationAt((BodyBone)b, stream.ShownTime)));
                }
                foreach (var datagram in VmcFrames.SplitBundles((float)(i * Interval)))
                {
                    stream.Ingest(datagram, datagram.Length, sent);
                    sent += BetweenDatagrams;
                }
            }
            Console.WriteLine($"uneven sender worst_deg={worst:0.00}");
            Assert.That(worst, Is.LessThan(1.5)); // one frame's motion, where the buffer ran out for a moment
        }
    }
}
