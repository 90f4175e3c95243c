using NUnit.Framework;

namespace AvatarBridge.Tests
{
    public sealed class AssemblerTests
    {
        const double Interval = 1 / 30.0;

        JitterBuffer _buffer;
        SenderClock _clock;
        NameTable _names;
        VmcAssembler _assembler;

        [SetUp]
        public void SetUp()
        {
            _buffer = new JitterBuffer();
            _clock = new SenderClock();
            _names = new NameTable();
            _assembler = new VmcAssembler(_buffer, _clock, _names);
        }

        void Send(byte[] datagram, double arrival) => _assembler.Read(datagram, datagram.Length, arrival);

        static void AssertWhole(PoseFrame frame, float time)
        {
            for (var i = 0; i < BoneTable.Count; i++)
            {
                Assert.That(frame.Has((BodyBone)i), Is.True, BoneTable.Names[i]);
                var expected = VmcFrames.RotationAt((BodyBone)i, time);
                Assert.That(Quat.Angle(frame.Rotations[i], expected), Is.LessThan(0.1f));
            }
            for (var i = 0; i < VmcFrames.ExpressionCount; i++)
                Assert.That(frame.Weights[i], Is.EqualTo(VmcFrames.WeightAt(i, time)).Within(1e-5));
            Assert.That(frame.Applied && frame.HasRoot && frame.HasHips, Is.True);
        }

        [Test]
        public void OneBundleIsOneFrame()
        {
            for (var i = 0; i < 5; i++) Send(VmcFrames.OneBundle((float)(i * Interval)), i * Interval);
            Assert.That(_buffer.Count, Is.EqualTo(5));
            for (var i = 0; i < 5; i++) AssertWhole(_buffer[i], (float)(i * Interval));
            Assert.That(_assembler.Counters.Rejected + _assembler.Counters.Malformed, Is.EqualTo(0));
        }

        [Test]
        public void SplitBundlesAreOneFrame()
        {
            for (var i = 0; i < 5; i++)
            {
                var bundles = VmcFrames.SplitBundles((float)(i * Interval));
                Assert.That(bundles.Count, Is.GreaterThan(3));
                foreach (var bundle in bundles) Send(bundle, i * Interval);
            }
            Assert.That(_buffer.Count, Is.EqualTo(5));
            for (var i = 0; i < 5; i++) AssertWhole(_buffer[i], (float)(i * Interval));
        }

        [TestCase(true)]
        [TestCase(false)]
        public void SingleMessagesAreOneFrame(bool withTime)
        {
            for (var i = 0; i < 5; i++)
                foreach (var message in VmcFrames.Messages((float)(i * Interval), withTime))
                    Send(message, i * Interval);
            Assert.That(_buffer.Count, Is.EqualTo(5));
            for (var i = 0; i < 5; i++) AssertWhole(_buffer[i], (float)(i * Interval));
        }

        /// <summary>Such a frame goes under the time before its own: one interval late, whole and even.</summary>
        [Test]
        public void ATimeAtTheEndOfItsFrameKeepsFramesWhole()
        {
            for (var i = 0; i < 20; i++)
            {
                foreach (var message in VmcFrames.Messages((float)(i * Interval), false)) Send(message, i * Interval);
                Send(VmcFrames.Time((float)(i * Interval)), i * Interval + 0.001);
            }
            for (var i = 0; i + 1 < _buffer.Count; i++) AssertWhole(_buffer[i], (float)_buffer[i + 1].Time);
        }

        [Test]
        public void PartsOutOfOrderUnderTheirOwnTimeFindTheirFrame()
        {
            var head = VmcFrames.Bone(BodyBone.Head, Quat.AboutZ(10));
            var neck = VmcFrames.Bone(BodyBone.Neck, Quat.AboutZ(20));
            Send(OscBuilder.Bundle(VmcFrames.Time(1f), head), 1);
            Send(OscBuilder.Bundle(VmcFrames.Time(1.5f), head), 1.5);
            Send(OscBuilder.Bundle(VmcFrames.Time(1f), neck), 1.51);
            Send(OscBuilder.Bundle(VmcFrames.Time(1.25f), neck), 1.52);
            Assert.That(_buffer.Count, Is.EqualTo(3));
            Assert.That(_buffer[0].Has(BodyBone.Neck) && _buffer[0].Has(BodyBone.Head), Is.True);
            Assert.That(_buffer[1].Time, Is.EqualTo(1.25));
            Assert.That(_buffer[2].Has(BodyBone.Neck), Is.False);
            Assert.That(_assembler.Counters.Late, Is.EqualTo(2));
        }

        [Test]
        public void AReaderThatStallsInsideAFrameMistakesNothingOnAnOrderlyLine()
        {
            for (var i = 0; i < 30; i++)
            {
                var bundles = VmcFrames.SplitBundles((float)(i * Interval));
                for (var part = 0; part < bundles.Count; part++)
                    Send(bundles[part], i * Interval + (part > 0 && i % 5 == 0 ? 0.95 * Interval : 0));
            }
            for (var i = 0; i < 30; i++) AssertWhole(_buffer[i], (float)(i * Interval));
        }

        [Test]
        public void DuplicatesChangeNothing()
        {
            for (var i = 0; i < 3; i++)
                for (var copy = 0; copy < 2; copy++) Send(VmcFrames.OneBundle((float)(i * Interval)), i * Interval);
            Assert.That(_buffer.Count, Is.EqualTo(3));
            for (var i = 0; i < 3; i++) AssertWhole(_buffer[i], (float)(i * Interval));
        }

        [Test]
        public void ASenderThatStartsAgainBeginsANewTimeLine()
        {
            for (var i = 0; i < 60; i++) Send(VmcFrames.OneBundle((float)(100 + i * Interval)), i * Interval);
            Send(VmcFrames.OneBundle(0), 2);
            Assert.That(_buffer.Count, Is.EqualTo(1));
            Assert.That(_assembler.Counters.Restarts, Is.EqualTo(1));
            Send(VmcFrames.OneBundle((float)Interval), 2 + Interval);
            Assert.That(_buffer.Count, Is.EqualTo(2));
        }

        [Test]
        public void LostFramesAndPartsAreCounted()
        {
            for (var i = 0; i < 90; i++)
            {
                if (i % 10 == 3) continue;
                var bundles = VmcFrames.SplitBundles((float)(i * Interval));
                for (var part = 0; part < bundles.Count; part++)
                    if (i % 10 != 7 || part != 1) Send(bundles[part], i * Interval);
            }
            Assert.That(_assembler.Counters.Lost, Is.EqualTo(9));
            Assert.That(_assembler.Counters.Partial, Is.EqualTo(9));
            Assert.That(_assembler.LossShare, Is.InRange(0.1f, 0.2f));
        }

        [Test]
        public void SequenceNumbersTellLossExactly()
        {
            var sequence = 7;
            for (var i = 0; i < 30; i++)
            {
                sequence += i == 10 ? 4 : 1;
                Send(OscBuilder.Bundle(
                    VmcFrames.Time((float)(i * Interval)),
                    OscBuilder.Message("/VMC/Thru/avatarbridge/sequence", "frame", sequence),
                    VmcFrames.Bone(BodyBone.Head, Quat.Identity)), i * Interval);
            }
            Assert.That(_assembler.Counters.Lost, Is.EqualTo(3));
            Assert.That(_buffer.Newest.Sequence, Is.EqualTo(sequence));
        }

        [Test]
        public void WhatTheSenderTellsOfItselfIsKept()
        {
            Send(OscBuilder.Message("/VMC/Ext/OK", 1, 3, 0, 0), 0);
            Assert.That(_assembler.Sender.Calibration, Is.EqualTo(SenderState.Calibrated));
            Assert.That(_assembler.Sender.Tracking, Is.False);
            Send(OscBuilder.Message("/VMC/Ext/OK", 1), 0);
            Assert.That(_assembler.Sender.Calibration, Is.EqualTo(-1));
            Assert.That(_assembler.Sender.Tracking, Is.True);
        }

        [Test]
        public void LatencyIsReadFromTheDaemonsTimes()
        {
            const string thru = "/VMC/Thru/avatarbridge/";
            Send(OscBuilder.Bundle(
                OscBuilder.Message(thru + "capture", "unix_ms", int.MaxValue - 10),
                OscBuilder.Message(thru + "inference", "ms", 20f),
                OscBuilder.Message(thru + "send", "unix_ms", 39)), 0);
            Assert.That(_assembler.SenderLatency, Is.EqualTo(0.05f).Within(1e-6));
            Send(OscBuilder.Message(thru + "send", "unix_ms", 5000), 0);
            Assert.That(_assembler.SenderLatency, Is.EqualTo(0.05f).Within(1e-6), "its capture time was lost");
            Send(OscBuilder.Message(thru + "latency", "capture_to_send_s", 0.07f), 0);
            Assert.That(_assembler.SenderLatency, Is.EqualTo(0.07f));
            Send(OscBuilder.Message(thru + "latency", "capture_to_send_s", float.NaN), 0);
            Assert.That(_assembler.SenderLatency, Is.EqualTo(0.07f));
            Send(OscBuilder.Message("/VMC/Thru/other/data", "anything"), 0);
            Assert.That(_assembler.Counters.Rejected, Is.EqualTo(1));
        }

        [Test]
        public void BadArgumentsAreRejectedAndTheRestGoesOn()
        {
            Send(OscBuilder.Bundle(
                OscBuilder.Message("/VMC/Ext/Bone/Pos", "Head", 0f),
                OscBuilder.Message("/VMC/Ext/Bone/Pos", "NoBone", 0f, 0f, 0f, 0f, 0f, 0f, 1f),
                OscBuilder.Message("/VMC/Ext/Bone/Pos", "Head", 0f, 0f, 0f, 0f, 0f, 0f, 0f),
                OscBuilder.Message("/VMC/Ext/Bone/Pos", "Head", float.NaN, 0f, 0f, 0f, 0f, 0f, 1f),
                OscBuilder.Message("/VMC/Ext/Blend/Val", "Joy", float.PositiveInfinity),
                OscBuilder.Message("/VMC/Ext/T", float.NaN),
                OscBuilder.Message("/VMC/Ext/OK", "yes"),
                OscBuilder.Message("/somewhere/else", 1),
                VmcFrames.Bone(BodyBone.Neck, Quat.AboutZ(5))), 0);
            Assert.That(_assembler.Counters.Rejected, Is.EqualTo(7));
            Assert.That(_assembler.Counters.Ignored, Is.EqualTo(1));
            Assert.That(_buffer.Newest.Has(BodyBone.Neck), Is.True);
            Assert.That(_buffer.Newest.Has(BodyBone.Head), Is.False);
        }

        [Test]
        public void WeightsAreKeptWithinZeroAndOne()
        {
            Send(OscBuilder.Bundle(VmcFrames.Blend("A", 4f), VmcFrames.Blend("B", -1f)), 0);
            Assert.That(_buffer.Newest.Weights[0], Is.EqualTo(1f));
            Assert.That(_buffer.Newest.Weights[1], Is.EqualTo(0f));
        }
    }
}
