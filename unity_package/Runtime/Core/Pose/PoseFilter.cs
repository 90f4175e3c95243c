using System;

namespace AvatarBridge
{
    /// <summary>Follows a target pose with exponential smoothing by time, each part with its own constant.</summary>
    internal sealed class PoseFilter
    {
        readonly PoseState _state;

        public PoseFilter(PoseState state) => _state = state;

        public void Step(PoseState target, Smoothing smoothing, float elapsedSeconds)
        {
            for (var i = 0; i < BoneTable.Count; i++)
            {
                var bone = (BodyBone)i;
                if (!target.Has(bone)) continue;
                var share = Share(smoothing.Of(BoneTable.Parts[i]), elapsedSeconds);
                _state.Set(bone, share < 1 && _state.Has(bone)
                    ? Quat.Slerp(_state.Rotations[i], target.Rotations[i], share)
                    : target.Rotations[i]);
            }

            var weightShare = Share(smoothing.Expressions, elapsedSeconds);
            _state.WeightCount = target.WeightCount;
            for (var id = 0; id < target.WeightCount; id++)
            {
                if (!target.HasWeight(id)) continue;
                var from = _state.HasWeight(id) ? _state.Weights[id] : target.Weights[id];
                _state.SetWeight(id, weightShare < 1
                    ? from + (target.Weights[id] - from) * weightShare
                    : target.Weights[id]);
            }
            StepPositions(target, Share(smoothing.Root, elapsedSeconds));
        }

        void StepPositions(PoseState target, float share)
        {
            if (target.HasHips)
                _state.SetHips(_state.HasHips
                    ? Vec3.Lerp(_state.HipsPosition, target.HipsPosition, share)
                    : target.HipsPosition);
            if (!target.HasRoot) return;
            if (_state.HasRoot)
                _state.SetRoot(
                    Vec3.Lerp(_state.RootPosition, target.RootPosition, share),
                    Quat.Slerp(_state.RootRotation, target.RootRotation, share));
            else
                _state.SetRoot(target.RootPosition, target.RootRotation);
        }

        static float Share(float timeConstantSeconds, float elapsedSeconds) =>
            timeConstantSeconds <= 0 ? 1 : 1 - (float)Math.Exp(-elapsedSeconds / timeConstantSeconds);
    }
}
