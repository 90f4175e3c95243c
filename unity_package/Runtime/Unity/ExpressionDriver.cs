using UnityEngine;

namespace AvatarBridge
{
    /// <summary>What all drivers of faces share: the receiver, the gain, and what to do when it is lost.</summary>
    public abstract class ExpressionDriver : MonoBehaviour
    {
        [Tooltip("Found in the scene when empty.")]
        [SerializeField] AvatarBridgeReceiver _receiver = null;
        [Range(0, 2)]
        [SerializeField] float _gain = 1;
        [Tooltip("Keep the last expression when the sender is lost, instead of relaxing the face.")]
        [SerializeField] bool _holdWhenLost = false;

        int _knownExpressions = -1;

        public AvatarBridgeReceiver Receiver { get => _receiver; set => _receiver = value; }
        public float Gain { get => _gain; set => _gain = Mathf.Max(0, value); }
        public bool HoldWhenLost { get => _holdWhenLost; set => _holdWhenLost = value; }

        protected virtual void OnEnable()
        {
            if (_receiver == null) _receiver = SceneSearch.First<AvatarBridgeReceiver>();
            _knownExpressions = -1;
        }

        void LateUpdate()
        {
            if (_receiver != null && _receiver.IsOpen) Apply(_receiver.Pose, _receiver.Names, _receiver.Presence);
        }

        /// <summary>Makes the map anew, after meshes or rules were changed by script.</summary>
        public void Rebuild() => _knownExpressions = -1;

        internal void Apply(PoseState pose, NameTable names, float presence)
        {
            if (pose.WeightCount != _knownExpressions)
            {
                _knownExpressions = pose.WeightCount;
                var expressions = new string[pose.WeightCount];
                for (var i = 0; i < expressions.Length; i++) expressions[i] = names[i];
                Map(expressions);
            }
            if (pose.WeightCount > 0) Drive(pose.Weights, _gain * (_holdWhenLost ? 1 : presence));
        }

        /// <summary>The sender's expressions by number; called again whenever a new one appears.</summary>
        protected abstract void Map(string[] expressions);

        /// <summary>Weights 0 to 1 by the same numbers, each to be multiplied by gain.</summary>
        protected abstract void Drive(float[] weights, float gain);

        /// <summary>
        /// The number of the sender's expression of that name, or -1. Names that the standards share
        /// are the same whatever their spelling; others must match letter by letter.
        /// </summary>
        protected static int Find(string[] expressions, string name)
        {
            var common = ShapeNames.Common(name);
            for (var i = 0; i < expressions.Length; i++)
                if (common != null ? ShapeNames.Common(expressions[i]) == common : expressions[i] == name) return i;
            return -1;
        }
    }
}
