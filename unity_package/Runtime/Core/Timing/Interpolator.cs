using System;

namespace AvatarBridge
{
    /// <summary>
    /// Reads the jitter buffer at any moment. Each bone looks for its own neighbours in time, so a
    /// frame that lost a datagram leaves no hole; past the newest, motion runs on for a moment.
    /// </summary>
    internal static class Interpolator
    {
        // Motion is carried on with its speed dying away; this is its whole reach.
        const double ExtrapolationSeconds = 0.05;
        // Nearer frames would turn a small fault of one into a large speed.
        const double MinSpeedBaselineSeconds = 0.03;
        // Two frames farther apart say nothing of the speed now.
        const double MaxSpeedBaselineSeconds = 0.25;

        /// <summary>Writes what is known at this time; what no frame holds is left as it was.</summary>
        public static void Sample(JitterBuffer buffer, int count, double time, PoseState pose)
        {
            if (count == 0) return;
            for (var i = 0; i < BoneTable.Count; i++) SampleBone(buffer, count, time, (BodyBone)i, pose);
            for (var id = 0; id < pose.WeightCount; id++) SampleWeight(buffer, count, time, id, pose);
            SampleHips(buffer, count, time, pose);
            SampleRoot(buffer, count, time, pose);
        }

        static void SampleBone(JitterBuffer buffer, int count, double time, BodyBone bone, PoseState pose)
        {
            PoseFrame after = null;
            for (var i = count - 1; i >= 0; i--)
            {
                var frame = buffer[i];
                if (!frame.Has(bone)) continue;
                if (frame.Time > time)
                {
                    after = frame;
                    continue;
                }
                pose.Set(bone, after != null
                    ? Quat.Slerp(frame.Rotations[(int)bone], after.Rotations[(int)bone], Share(frame, after, time))
                    : Extrapolate(buffer, i, time, bone));
                return;
            }
            if (after != null) pose.Set(bone, after.Rotations[(int)bone]);
        }

        static Quat Extrapolate(JitterBuffer buffer, int newest, double time, BodyBone bone)
        {
            var last = buffer[newest];
            var rotation = last.Rotations[(int)bone];
            if (time <= last.Time) return rotation;
            for (var i = newest - 1; i >= 0; i--)
            {
                var before = buffer[i];
                var baseline = last.Time - before.Time;
                if (!before.Has(bone) || baseline < MinSpeedBaselineSeconds) continue;
                if (baseline > MaxSpeedBaselineSeconds) return rotation;
                var turn = (rotation * before.Rotations[(int)bone].Conjugate).ToRotationVector();
                var scale = (float)(Reach(time - last.Time) / baseline);
                return Quat.FromRotationVector(turn * scale) * rotation;
            }
            return rotation;
        }

        static double Reach(double ahead) =>
            ExtrapolationSeconds * (1 - Math.Exp(-ahead / ExtrapolationSeconds));

        static void SampleWeight(JitterBuffer buffer, int count, double time, int id, PoseState pose)
        {
            PoseFrame after = null;
            for (var i = count - 1; i >= 0; i--)
            {
                var frame = buffer[i];
                if (!frame.HasWeight(id)) continue;
                if (frame.Time > time)
                {
                    after = frame;
                    continue;
                }
                var weight = frame.Weights[id];
                if (after != null) weight += (after.Weights[id] - weight) * Share(frame, after, time);
                pose.SetWeight(id, weight);
                return;
            }
            if (after != null) pose.SetWeight(id, after.Weights[id]);
        }

        static void SampleHips(JitterBuffer buffer, int count, double time, PoseState pose)
        {
            PoseFrame after = null;
            for (var i = count - 1; i >= 0; i--)
            {
                var frame = buffer[i];
                if (!frame.HasHips) continue;
                if (frame.Time > time)
                {
                    after = frame;
                    continue;
                }
                pose.SetHips(after == null
                    ? frame.HipsPosition
                    : Vec3.Lerp(frame.HipsPosition, after.HipsPosition, Share(frame, after, time)));
                return;
            }
            if (after != null) pose.SetHips(after.HipsPosition);
        }

        static void SampleRoot(JitterBuffer buffer, int count, double time, PoseState pose)
        {
            PoseFrame after = null;
            for (var i = count - 1; i >= 0; i--)
            {
                var frame = buffer[i];
                if (!frame.HasRoot) continue;
                if (frame.Time > time)
                {
                    after = frame;
                    continue;
                }
                if (after == null)
                {
                    pose.SetRoot(frame.RootPosition, frame.RootRotation);
                    return;
                }
                var share = Share(frame, after, time);
                pose.SetRoot(
                    Vec3.Lerp(frame.RootPosition, after.RootPosition, share),
                    Quat.Slerp(frame.RootRotation, after.RootRotation, share));
                return;
            }
            if (after != null) pose.SetRoot(after.RootPosition, after.RootRotation);
        }

        static float Share(PoseFrame before, PoseFrame after, double time) =>
            (float)((time - before.Time) / (after.Time - before.Time));
    }
}
