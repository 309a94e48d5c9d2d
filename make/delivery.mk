# Images, and what CI and CD need of a repository. The logic is in scripts/.

.PHONY: images test-containers github-variables

images: ## build the images of api, worker and the stand-in as ingest-<name>:dev
	@scripts/images-local.sh api worker local

test-containers: ## build both images with buildah, run them with podman against the stand-in
	cd services && INGEST_CONTAINER_TEST=required go test -count=1 -timeout 20m -v ./tests/container

github-variables: ## print the `gh variable set` lines that the workflows need (ENV=prod)
	@ENV="$(or $(ENV),prod)" scripts/github-variables.sh
