using System;
using System.Collections.Generic;
using NUnit.Framework;

namespace AvatarBridge.Tests
{
    /// <summary>Datagrams as an attacker or a broken sender would make them.</summary>
    public sealed class FuzzTests
    {
        const int DefaultMutations = 1000000;
        const string CountVariable = "AVATARBRIDGE_FUZZ_COUNT";
        const int ReportEvery = 100;
        const int MaxGrowthBytes = 512 * 1024;

        static int Mutations =>
            int.TryParse(Environment.GetEnvironmentVariable(CountVariable), out var count) ? count : DefaultMutations;

        static List<byte[]> Seeds()
        {
            var seeds = new List<byte[]> { VmcFrames.OneBundle(1) };
            seeds.AddRange(VmcFrames.SplitBundles(2));
            seeds.AddRange(VmcFrames.Messages(3));
            seeds.Add(OscBuilder.Bundle(OscBuilder.Bundle(VmcFrames.Time(4)), VmcFrames.Apply()));
            seeds.Add(OscBuilder.Message("/x", new byte[7], "s", 1f, 2, 3.0, true));
            return seeds;
        }

        [Test]
        public void EveryTruncationIsSurvived()
        {
            var stream = new LiveStream();
            foreach (var seed in Seeds())
                for (var length = 0; length <= seed.Length; length++)
                    stream.Ingest(seed, length, length * 1e-4);
            Assert.That(stream.Sample(2, new StreamSettings { Timeout = 1 }).Malformed, Is.GreaterThan(1000));
        }

        [Test]
        public void MutatedDatagramsNeverThrowAndMemoryDoesNotGrow()
        {
            var random = new Random(20240607);
            var seeds = Seeds();
            var stream = new LiveStream();
            var settings = new StreamSettings { Mode = BufferMode.Adaptive, Delay = 0.25f, Timeout = 1, FadeSeconds = 1 };
            var scratch = new byte[8192];
            var now = 0.0;
            long heapAfterTenth = 0;
            var count = Mutations;

            for (var i = 0; i < count; i++)
            {
                if (i == count / 10) heapAfterTenth = GC.GetTotalMemory(true);
                var seed = seeds[random.Next(seeds.Count)];
                Buffer.BlockCopy(seed, 0, scratch, 0, seed.Length);
                var length = Mutate(scratch, seed.Length, random);
                now += random.NextDouble() * 0.01;
                stream.Ingest(scratch, length, now);
                if (i % ReportEvery != 0) continue;
                stream.Sample(now, settings);
                AssertSound(stream.Pose);
            }

            var growth = GC.GetTotalMemory(true) - heapAfterTenth;
            var status = stream.Sample(now, settings);
            Console.WriteLine(
                $"fuzz datagrams={count} malformed={status.Malformed} rejected={status.Rejected} frames={status.Frames} heap_growth_bytes={growth}");
            Assert.That(growth, Is.LessThan(MaxGrowthBytes));

            // And a clean frame afterwards is read as if nothing had been.
            now += 10;
            for (var i = 0; i < 10; i++, now += 0.033)
            {
                var clean = VmcFrames.OneBundle((float)(5000 + i * 0.033));
                stream.Ingest(clean, clean.Length, now);
            }
            settings.Mode = BufferMode.Off;
            stream.Sample(now, settings);
            Assert.That(Quat.Angle(stream.Pose.Rotations[(int)BodyBone.Head],
                VmcFrames.RotationAt(BodyBone.Head, stream.ShownTime)), Is.LessThan(0.1f));
        }

        static void AssertSound(PoseState pose)
        {
            for (var i = 0; i < BoneTable.Count; i++)
                Assert.That(Math.Abs(Quat.Dot(pose.Rotations[i], pose.Rotations[i]) - 1), Is.LessThan(1e-3f));
            for (var id = 0; id < pose.WeightCount; id++)
                Assert.That(pose.Weights[id], Is.InRange(0f, 1f));
        }

        static int Mutate(byte[] bytes, int length, Random random)
        {
            var changes = 1 + random.Next(6);
            for (var i = 0; i < changes && length > 4; i++)
            {
                var at = random.Next(length);
                switch (random.Next(7))
                {
                    case 0:
                        bytes[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 1:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 2:
                        length = at;
                        break;
                    case 3: // a word of extremes: counts, NaN, infinities
                        var word = random.Next(4) == 0 ? 0x7FC00000 : random.Next(2) == 0 ? -1 : int.MaxValue;
                        for (var b = 0; b < 4; b++) bytes[(at & ~3) + b] = (byte)(word >> (24 - 8 * b));
                        break;
                    case 4: // remove a piece
                        var cut = Math.Min(length - at, 1 + random.Next(64));
                        Buffer.BlockCopy(bytes, at + cut, bytes, at, length - at - cut);
                        length -= cut;
                        break;
                    case 5: // repeat a piece
                        var copy = Math.Min(Math.Min(length - at, 1 + random.Next(64)), bytes.Length - length);
                        Buffer.BlockCopy(bytes, at, bytes, at + copy, length - at);
                        length += copy;
                        break;
                    default: // a zero in a string, or a string without one
                        bytes[at] = (byte)(bytes[at] == 0 ? 'x' : 0);
                        break;
                }
            }
            return length;
        }
    }
}
