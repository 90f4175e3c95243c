using System;
using System.Diagnostics;
using NUnit.Framework;

namespace AvatarBridge.Tests
{
    public sealed class CostTests
    {
        const int WarmUp = 300;
        const int Measured = 1000;
        const double BudgetMicroseconds = 60;

        static readonly StreamSettings Settings = new StreamSettings
        {
            Mode = BufferMode.Adaptive, Delay = 0.25f, Timeout = 1,
            Smoothing = new Smoothing { Body = 0.02f, Fingers = 0.02f, Eyes = 0.02f, Expressions = 0.02f },
        };

        byte[][] _frames;

        [SetUp]
        public void SetUp()
        {
            _frames = new byte[WarmUp + Measured][];
            for (var i = 0; i < _frames.Length; i++) _frames[i] = VmcFrames.OneBundle(i / 60f);
        }

        [Test]
        public void AFrameAllocatesNothing()
        {
            var stream = new LiveStream();
            for (var i = 0; i < WarmUp; i++) Step(stream, i);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = WarmUp; i < WarmUp + Measured; i++) Step(stream, i);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Console.WriteLine($"cost allocated_bytes_per_frame={allocated / (double)Measured:0.###}");
            Assert.That(allocated, Is.EqualTo(0));
        }

        void Step(LiveStream stream, int i)
        {
            stream.Ingest(_frames[i], _frames[i].Length, i / 60.0);
            stream.Sample(i / 60.0 + 0.003, Settings);
        }

        /// <summary>The least of many rounds: other work on the machine only ever adds.</summary>
        [Test]
        public void AFrameIsReadWithinItsBudget()
        {
            var stream = new LiveStream();
            for (var i = 0; i < WarmUp; i++) Step(stream, i);
            const int round = 100;
            double ingest = double.MaxValue, sample = double.MaxValue;
            for (var start = WarmUp; start + round <= _frames.Length; start += round)
            {
                var watch = Stopwatch.StartNew();
                for (var i = start; i < start + round; i++)
                    stream.Ingest(_frames[i], _frames[i].Length, i / 60.0);
                ingest = Math.Min(ingest, watch.Elapsed.TotalMilliseconds * 1000 / round);
                watch.Restart();
                for (var i = start; i < start + round; i++) stream.Sample(i / 60.0 + 0.003, Settings);
                sample = Math.Min(sample, watch.Elapsed.TotalMilliseconds * 1000 / round);
            }
            Console.WriteLine(
                $"cost messages={BoneTable.Count + VmcFrames.ExpressionCount + 4} bytes={_frames[0].Length} " +
                $"parse_and_assemble_us={ingest:0.0} sample_us={sample:0.0}");
            Assert.That(ingest, Is.LessThan(BudgetMicroseconds));
        }
    }
}
