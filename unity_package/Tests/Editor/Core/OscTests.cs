using System;
using System.Collections.Generic;
using NUnit.Framework;

namespace AvatarBridge.Tests
{
    public sealed class OscTests
    {
        sealed class Recorder : IOscSink
        {
            public readonly List<string> Addresses = new List<string>();

            public void Accept(ref OscMessage message) => Addresses.Add(message.Address.ToString());
        }

        static OscMessage Parse(byte[] bytes)
        {
            Assert.That(OscMessage.TryParse(bytes, 0, bytes.Length, out var message), Is.True);
            return message;
        }

        [Test]
        public void EveryTypeIsReadAsWritten()
        {
            var message = Parse(OscBuilder.Message("/a", "Übung", 1.5f, -7, 0.25, true));
            Assert.That(message.TryReadString(out var text), Is.True);
            Assert.That(text.ToString(), Is.EqualTo("Übung"));
            Assert.That(message.TryReadFloat(out var single), Is.True);
            Assert.That(single, Is.EqualTo(1.5f));
            Assert.That(message.TryReadInt(out var whole), Is.True);
            Assert.That(whole, Is.EqualTo(-7));
            Assert.That(message.TryReadFloat(out var wide), Is.True);
            Assert.That(wide, Is.EqualTo(0.25f));
            Assert.That(message.TryReadInt(out var flag), Is.True);
            Assert.That(flag, Is.EqualTo(1));
            Assert.That(message.TryReadInt(out _), Is.False);
        }

        [Test]
        public void AnIntegerIsTakenForAFloat()
        {
            var message = Parse(OscBuilder.Message("/a", 1));
            Assert.That(message.TryReadFloat(out var value), Is.True);
            Assert.That(value, Is.EqualTo(1f));
        }

        [Test]
        public void AnotherTypeIsRefused()
        {
            var message = Parse(OscBuilder.Message("/a", "text"));
            Assert.That(message.TryReadFloat(out _), Is.False);
        }

        [Test]
        public void SkippingPassesOverEveryType()
        {
            var message = Parse(OscBuilder.Message("/a", new byte[5], "s", 1f, 2, 3.0, false, 42));
            for (var i = 0; i < 6; i++) Assert.That(message.TrySkip(), Is.True);
            Assert.That(message.TryReadInt(out var last), Is.True);
            Assert.That(last, Is.EqualTo(42));
            Assert.That(message.TrySkip(), Is.False);
        }

        [Test]
        public void AMessageWithoutTagsHasNoArguments()
        {
            var message = Parse(new byte[] { (byte)'/', (byte)'a', 0, 0 });
            Assert.That(message.TryReadInt(out _), Is.False);
        }

        [Test]
        public void NestedBundlesAreFollowedInOrder()
        {
            var inner = OscBuilder.Bundle(OscBuilder.Message("/b"), OscBuilder.Message("/c"));
            var outer = OscBuilder.Bundle(OscBuilder.Message("/a"), inner, OscBuilder.Message("/d"));
            var recorder = new Recorder();
            Assert.That(OscPacket.Read(outer, outer.Length, recorder), Is.True);
            Assert.That(recorder.Addresses, Is.EqualTo(new[] { "/a", "/b", "/c", "/d" }));
        }

        [Test]
        public void NestingWithoutEndIsRefused()
        {
            var bundle = OscBuilder.Bundle(OscBuilder.Message("/a"));
            for (var i = 0; i < 100; i++) bundle = OscBuilder.Bundle(bundle);
            Assert.That(OscPacket.Read(bundle, bundle.Length, new Recorder()), Is.False);
        }

        [TestCase(0)]
        [TestCase(-4)]
        [TestCase(int.MaxValue)]
        [TestCase(int.MinValue)]
        public void ElementsOfImpossibleSizeAreRefused(int size)
        {
            var bundle = OscBuilder.Bundle(OscBuilder.Message("/a"));
            for (var i = 0; i < 4; i++) bundle[16 + i] = (byte)(size >> (24 - 8 * i));
            Assert.That(OscPacket.Read(bundle, bundle.Length, new Recorder()), Is.False);
        }

        [TestCase(-1)]
        [TestCase(int.MaxValue)]
        public void BlobsOfImpossibleSizeAreRefused(int size)
        {
            var bytes = OscBuilder.Message("/a", new byte[4]);
            for (var i = 0; i < 4; i++) bytes[8 + i] = (byte)(size >> (24 - 8 * i));
            var message = Parse(bytes);
            Assert.That(message.TrySkip(), Is.False);
        }

        [Test]
        public void AFaultKeepsWhatCameBeforeIt()
        {
            var good = OscBuilder.Bundle(OscBuilder.Message("/a"), OscBuilder.Message("/b"));
            var recorder = new Recorder();
            Assert.That(OscPacket.Read(good, good.Length - 1, recorder), Is.False);
            Assert.That(recorder.Addresses, Is.EqualTo(new[] { "/a" }));
        }

        [Test]
        public void EmptyAndOversizedLengthsAreRefused()
        {
            var recorder = new Recorder();
            Assert.That(OscPacket.Read(new byte[8], 0, recorder), Is.False);
            Assert.That(OscPacket.Read(new byte[8], 9, recorder), Is.False);
            Assert.That(OscPacket.Read(null, 1, recorder), Is.False);
        }
    }
}
