using System;
using NUnit.Framework;

namespace AvatarBridge.Tests
{
    public sealed class StreamTests
    {
        const double Interval = 1 / 30.0;
        const double Display = 1 / 90.0;

        static readonly StreamSettings Adaptive = new StreamSettings
        {
            Mode = BufferMode.Adaptive, Delay = 0.25f, Timeout = 1, FadeSeconds = 0.5f,
        };

        static StreamSettings With(BufferMode mode, float delay = 0)
        {
            var settings = Adaptive;
            settings.Mode = mode;
            settings.Delay = delay;
            return settings;
        }

        static void Feed(LiveStream stream, double time, double arrival)
        {
            var bundle = VmcFrames.OneBundle((float)time);
            stream.Ingest(bundle, bundle.Length, arrival);
        }

        [Test]
        public void OffShowsTheNewestFrameAsItCame()
        {
            var stream = new LiveStream();
            for (var i = 0; i < 10; i++)
            {
                Feed(stream, i * Interval, 5 + i * Interval);
                stream.Sample(5 + i * Interval + 0.001, With(BufferMode.Off));
                for (var b = 0; b < BoneTable.Count; b++)
                    Assert.That(Quat.Angle(stream.Pose.Rotations[b],
                        VmcFrames.RotationAt((BodyBone)b, (float)(i * Interval))), Is.LessThan(0.05f));
            }
        }

        [Test]
        public void AFrameIsHeldBackUntilItIsWhole()
        {
            var stream = new LiveStream();
            Feed(stream, 0, 0);
            var bundles = VmcFrames.SplitBundles((float)Interval);
            stream.Ingest(bundles[0], bundles[0].Length, Interval);
            stream.Sample(Interval + 0.001, With(BufferMode.Off));
            Assert.That(stream.ShownTime, Is.EqualTo(0));
            stream.Sample(Interval + 0.05, With(BufferMode.Off));
            Assert.That(stream.ShownTime, Is.EqualTo((double)(float)Interval));
        }

        [Test]
        public void BetweenFramesThePoseLiesBetweenThem()
        {
            var stream = new LiveStream();
            var display = 0.0;
            var worst = 0f;
            for (var i = 0; i < 90; i++)
            {
                Feed(stream, i * Interval, i * Interval);
                for (; display < (i + 1) * Interval; display += Display)
                {
                    stream.Sample(display, Adaptive);
                    if (i < 30) continue;
                    for (var b = 0; b < BoneTable.Count; b++)
                        worst = Math.Max(worst, Quat.Angle(stream.Pose.Rotations[b],
                            VmcFrames.RotationAt((BodyBone)b, stream.ShownTime)));
                }
            }
            // Linear between samples 33 ms apart of a swing of 0.6 rad at 2 rad/s.
            Assert.That(worst, Is.LessThan(0.1f));
        }

        [Test]
        public void TheDelayIsOneIntervalOnACleanLineAndNeverMoreThanAllowed()
        {
            var stream = new LiveStream();
            var status = default(StreamStatus);
            for (var i = 0; i < 90; i++)
            {
                Feed(stream, i * Interval, i * Interval);
                status = stream.Sample(i * Interval, Adaptive);
            }
            Assert.That(status.BufferDelay, Is.EqualTo(Interval + 0.002).Within(0.003));
            Assert.That(status.FramesPerSecond, Is.EqualTo(30).Within(0.1));

            var random = new Random(1);
            for (var i = 90; i < 400; i++)
            {
                Feed(stream, i * Interval, i * Interval + random.NextDouble());
                status = stream.Sample(i * Interval + 1, Adaptive);
                Assert.That(status.BufferDelay, Is.LessThanOrEqualTo(Adaptive.Delay));
            }
        }

        [Test]
        public void MotionRunsOnForAMomentAndThenHolds()
        {
            var stream = new LiveStream();
            var settings = With(BufferMode.Fixed, 0);
            var i = 0;
            for (; i < 30; i++)
            {
                Feed(stream, i * Interval, i * Interval);
                stream.Sample(i * Interval + 0.001, settings);
            }
            var last = (i - 1) * Interval;
            var held = VmcFrames.RotationAt(BodyBone.Head, (float)last);
            var furthest = 0f;
            for (var ahead = 0.0; ahead < 0.5; ahead += Display)
            {
                stream.Sample(last + ahead, settings);
                furthest = Math.Max(furthest, Quat.Angle(held, stream.Pose.Rotations[(int)BodyBone.Head]));
            }
            // At most 50 ms of its speed, which is below 0.6 * 2 * 1.05 rad/s.
            Assert.That(furthest, Is.InRange(0.05f, 3.7f));
            var still = stream.Pose.Rotations[(int)BodyBone.Head];
            stream.Sample(last + 0.8, settings);
            Assert.That(Quat.Angle(still, stream.Pose.Rotations[(int)BodyBone.Head]), Is.LessThan(0.01f));
        }

        [Test]
        public void ALostStreamFadesAndComesBack()
        {
            var stream = new LiveStream();
            Assert.That(stream.Sample(0, Adaptive).Link, Is.EqualTo(LinkState.Waiting));
            Assert.That(stream.PresenceValue, Is.EqualTo(0f));
            var now = 1.0;
            for (var i = 0; i < 30; i++, now += Interval)
            {
                Feed(stream, now, now);
                Assert.That(stream.Sample(now, Adaptive).Link, Is.EqualTo(LinkState.Live));
            }
            Assert.That(stream.PresenceValue, Is.EqualTo(1f));

            var previous = 1f;
            for (var t = 0.0; t < 1.6; t += Display)
            {
                var status = stream.Sample(now + t, Adaptive);
                Assert.That(stream.PresenceValue, Is.LessThanOrEqualTo(previous));
                Assert.That(previous - stream.PresenceValue, Is.LessThan(0.05f));
                previous = stream.PresenceValue;
                if (t > 1.05) Assert.That(status.Link, Is.EqualTo(LinkState.Lost));
            }
            Assert.That(previous, Is.EqualTo(0f));

            now += 2;
            for (var i = 0; i < 30; i++, now += Interval)
            {
                Feed(stream, now, now);
                stream.Sample(now, Adaptive);
            }
            Assert.That(stream.PresenceValue, Is.EqualTo(1f));
        }

        [Test]
        public void SmoothingActsTheSameAtAnyDisplayRate()
        {
            var results = new float[2];
            var rates = new[] { 30.0, 240.0 };
            for (var run = 0; run < 2; run++)
            {
                var stream = new LiveStream();
                var settings = With(BufferMode.Off);
                settings.Smoothing = new Smoothing { Body = 0.2f, Fingers = 0.2f, Eyes = 0.2f };
                Feed(stream, 0, 0);
                stream.Sample(0, settings);
                var step = OscBuilder.Bundle(VmcFrames.Time(0.01f),
                    VmcFrames.Bone(BodyBone.LeftIndexDistal, Quat.AboutZ(90)), VmcFrames.Apply());
                stream.Ingest(step, step.Length, 0);
                for (var i = 1; i <= rates[run] / 5 + 0.5; i++) stream.Sample(i / rates[run], settings);
                results[run] = Quat.Angle(
                    VmcFrames.RotationAt(BodyBone.LeftIndexDistal, 0), stream.Pose.Rotations[(int)BodyBone.LeftIndexDistal]);
            }
            Assert.That(results[0], Is.EqualTo(results[1]).Within(0.1f));
        }

        [Test]
        public void ClockDriftIsFollowed()
        {
            var stream = new LiveStream();
            var status = default(StreamStatus);
            // The sender's clock gains 200 ppm, four times a poor crystal.
            for (var i = 0; i < 30 * 120; i++)
            {
                Feed(stream, i * Interval * 1.0002, i * Interval);
                status = stream.Sample(i * Interval + 0.001, Adaptive);
            }
            Assert.That(status.BufferDelay, Is.LessThan(0.05f));
            Assert.That(status.Restarts, Is.EqualTo(0));
            Assert.That(stream.ShownTime, Is.EqualTo(120.0 * 1.0002).Within(0.1));
        }

        [Test]
        public void APausedSenderIsShownAgainAtOnce()
        {
            var stream = new LiveStream();
            var now = 0.0;
            var time = 0.0;
            for (var i = 0; i < 90; i++, now += Interval, time += Interval)
            {
                Feed(stream, time, now);
                stream.Sample(now, Adaptive);
            }
            now += 0.7; // media time stood still meanwhile
            for (var i = 0; i < 20; i++, now += Interval, time += Interval)
            {
                Feed(stream, time, now);
                stream.Sample(now, Adaptive);
            }
            Assert.That(time - stream.ShownTime, Is.LessThan(0.15));
        }
    }
}
