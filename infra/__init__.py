"""Templates and scripts of the deployment, and what makes its package."""
